"""Keys of topics, built in one place, so that writers and readers agree on them. Knows names, no record and no Kafka.

A tenant never holds a bar, a locale neither, and a normalised text neither, so that no two different sets of parts
give one key.
"""


def user_key(tenant: str, user: str) -> str:
    """Return the key of `turns` and `feedback`: all that one user does stays in order in one partition."""
    return f"{tenant}|{user}"


def rewrite_key(tenant: str, locale: str, state: str, source: str) -> str:
    """Return the key of `rewrites`: one source at one open question has one rewrite at most."""
    return f"{tenant}|{locale}|{state}|{source}"


def tenant_and_locale(key: str) -> tuple[str, str]:
    """Return the first two parts of a key of `rewrites`, "" for what it does not have."""
    tenant, _, rest = key.partition("|")
    return tenant, rest.partition("|")[0]
