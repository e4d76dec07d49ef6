"""One outcome per user and day: who may speak, and how users are counted. Knows rows of outcomes, no questions.

Counting events would let one person promote a rewrite. A user's first outcome of a day enters a question; all that
follow on that day are heard for the chain only.
"""

from functools import lru_cache
from hashlib import blake2b

from streams.learn.rows import USERS_COUNTED_MAX, UserDays

DAY_MS = 86_400_000

USERS_REMEMBERED = 65_536
"""Hashes kept at hand: people come in sessions. About 10 MB."""


@lru_cache(USERS_REMEMBERED)
def user_hash(tenant: str, user: str, salt: str) -> int:
    """Return 60 bits that stand for a user; at a million users two agree with a chance of one in two million."""
    digest = blake2b(f"{tenant}\x1f{user}".encode("utf-8", "surrogatepass"), digest_size=8, key=salt.encode()[:64])
    return int.from_bytes(digest.digest(), "big") >> 4


def admit(seen: UserDays, user: int, at_ms: int, user_days_max: int) -> bool:
    """Return whether a user's outcome is the first of its day, and remember it.

    Up to ``user_days_max`` users a day are admitted one by one. Beyond it a user-day is admitted by its hash, at a
    rate that halves as the count grows: memory stays bounded, and as the rate is decided before the outcome is seen,
    the tests stay valid.
    """
    day = at_ms // DAY_MS
    if day != seen.day and not _turn_page(seen, day):
        return False
    users = seen.today if day == seen.day else seen.yesterday
    if user in users:
        return False
    if seen.level and (user ^ (day * 0x9E3779B97F4A7C15)) & ((1 << seen.level) - 1):
        return False
    users.add(user)
    if len(users) >= user_days_max * (seen.level + 1):
        seen.level += 1
    return True


def _turn_page(seen: UserDays, day: int) -> bool:
    """Make room for a new day; return whether the day is recent enough to be judged."""
    if day > seen.day:
        seen.yesterday = seen.today if day == seen.day + 1 else set()
        seen.today, seen.day, seen.level = set(), day, 0
        return True
    return day == seen.day - 1


def add_user(users: set[int], user: int) -> None:
    """Count a distinct user, up to the number anybody asks for."""
    if user not in users and len(users) < USERS_COUNTED_MAX:
        users.add(user)
