"""``reprise rewrites``: what is served, and people's orders about it. Knows options, not what an order means."""

from collections.abc import Callable
from typing import Annotated, Final, Literal

import msgspec
import typer

from schemas.records import Policy
from streams.commands.giving import Reach, checked, clock_ms, forget, give, look
from streams.commands.in_force import deciding, entries, is_served
from streams.commands.order_rows import order_json, orders_table, rewrite_json, rewrites_table, stage_of
from streams.commands.settings import BootstrapOption, PrefixOption, shown
from streams.commands.usage import SettingOptions, SettingsFile, UnusableError, screen
from streams.orders import Orders
from streams.settings import Settings

rewrites = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Look at what is served, and order what shall be: every order reaches all programs within one poll.",
)

STAGES: Final = ("trial", "promoted", "pinned")

ID_HELP = "A rewrite's id, as `reprise rewrites list` shows it; says all, so that nothing else narrows."
EXPECTING_HELP = "At this open question; without it at every question."
PIN_EXPECTING_HELP = "At this open question; without it when no question is open."
USER_HELP = "For this user alone, a pseudonym as in the turns: a personal opt-out, or its end."
EVERYTHING_HELP = "Really about all rewrites of all tenants."
FORGET_HELP = "Take the order about exactly this back, as if it had never been given."
BY_HELP = "Who orders it, as all who read the topic shall see it."

Id = Annotated[str, typer.Argument(metavar="ID", help=ID_HELP, show_default=False)]
Tenant = Annotated[str, typer.Option("--tenant", metavar="TENANT", help="Of this tenant.", show_default=False)]
Locale = Annotated[str, typer.Option("--locale", metavar="LOCALE", help="Of this locale.", show_default=False)]
Domain = Annotated[str, typer.Option("--domain", metavar="DOMAIN", help="Of this domain.", show_default=False)]
Expecting = Annotated[
    str | None, typer.Option("--expecting", metavar="QUESTION", help=EXPECTING_HELP, show_default=False)
]
Source = Annotated[str, typer.Option("--source", metavar="TEXT", help="What is said.", show_default=False)]
Target = Annotated[str, typer.Option("--target", metavar="TEXT", help="What is run instead.", show_default=False)]
User = Annotated[str, typer.Option("--user", metavar="USER", help=USER_HELP, show_default=False)]
Everything = Annotated[bool, typer.Option("--everything", help=EVERYTHING_HELP)]
Forget = Annotated[bool, typer.Option("--forget", help=FORGET_HELP)]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="Why, for those who look later.", show_default=False)]
By = Annotated[str, typer.Option("--by", metavar="NAME", help=BY_HELP, show_default=False)]

OfStage = Annotated[
    str, typer.Option("--stage", metavar="STAGE", help=f"One of {', '.join(STAGES)}.", show_default=False)
]
WithOrders = Annotated[bool, typer.Option("--orders", help="Show the orders in force too.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line instead of a table.")]

PinSource = Annotated[str, typer.Argument(metavar="SOURCE", help="What is said.")]
PinTarget = Annotated[str, typer.Option("--target", metavar="TEXT", help="What is run instead, as it is written.")]
PinTenant = Annotated[str, typer.Option("--tenant", metavar="TENANT", help="For this tenant.")]
PinLocale = Annotated[str, typer.Option("--locale", metavar="LOCALE", help="For this locale, spelt as in the turns.")]
PinDomain = Annotated[
    str, typer.Option("--domain", metavar="DOMAIN", help="What it belongs to, so that orders about a domain reach it.")
]
PinExpecting = Annotated[str, typer.Option("--expecting", metavar="QUESTION", help=PIN_EXPECTING_HELP)]

SettingName = Annotated[str, typer.Argument(metavar="NAME", help="The setting.")]
SettingValue = Annotated[str, typer.Argument(metavar="VALUE", help="Its value there.", show_default=False)]

NARROWING = (
    "; give an id, or any of --tenant, --locale, --domain, --expecting, --source, --target, --user, or --everything"
)
SCOPING = "; give --tenant, --locale or both; for everything, set it where the workers are set up"


@rewrites.command(name="list")
def list_(
    tenant: Tenant = "",
    locale: Locale = "",
    domain: Domain = "",
    stage: OfStage = "",
    orders: WithOrders = False,
    as_json: AsJson = False,
    bootstrap: BootstrapOption = "",
    prefix: PrefixOption = None,
    sets: SettingOptions = [],  # noqa: B006 - typer copies it
    settings_file: SettingsFile = "",
) -> None:
    """List the rewrites that are published and pinned, with their evidence and the order that decides about each.

    What was taken back, as by a block that a worker has seen, is not published any more; --orders shows why. The users
    that orders name are never shown.

    [bold]Examples[/bold]

    reprise rewrites list --tenant demo --stage promoted

    reprise rewrites list --orders --json | jq 'select(.served == false)'
    """
    if stage and stage not in STAGES:
        message = f"--stage {stage}: expected {', '.join(STAGES)}"
        raise UnusableError(message)
    found = look(Reach(bootstrap, prefix, sets, settings_file).connection())
    in_force = Orders(found.policies.values())
    listed = [
        entry
        for entry in entries(found.rewrites, in_force).values()
        if tenant in {"", entry.place.tenant}
        and locale in {"", entry.place.locale}
        and domain in {"", entry.live.domain}
        and stage in {"", stage_of(entry)}
    ]
    about = deciding(found.policies.values(), listed)
    given = [policy for policy in found.policies.values() if orders and tenant in {"", policy.tenant}]
    if as_json:
        now_ms = clock_ms()
        for entry in listed:
            served = is_served(entry, in_force, now_ms)
            typer.echo(msgspec.json.encode(rewrite_json(entry, about.get(entry.place, []), served=served)))
        for policy in given:
            typer.echo(msgspec.json.encode(order_json(policy)))
        return
    screen().print(rewrites_table(f"{len(listed):,} published or pinned", listed, about))
    if orders:
        screen().print(orders_table(given))


@rewrites.command()
def pin(
    source: PinSource,
    target: PinTarget,
    tenant: PinTenant,
    locale: PinLocale,
    expecting: PinExpecting = "",
    domain: PinDomain = "",
    note: Note = "",
    by: By = "",
    forget_it: Forget = False,
    bootstrap: BootstrapOption = "",
    prefix: PrefixOption = None,
    sets: SettingOptions = [],  # noqa: B006 - typer copies it
    settings_file: SettingsFile = "",
) -> int:
    """Have a text run as another for everybody, whatever was or will be learned about it.

    Nobody is held out, and the learner never changes or withdraws it. A later block or kill about it wins.

    [bold]Examples[/bold]

    reprise rewrites pin "next" --target "continue" --tenant demo --locale en-US --expecting step --note "asked for"

    reprise rewrites pin "next" --target "continue" --tenant demo --locale en-US --expecting step --forget
    """
    place = {"tenant": tenant, "locale": locale, "state": expecting, "source": source, "target": target}
    draft = Policy("", "pin", 0, **place, domain=domain, note=note, issued_by=by)
    policy = checked(draft, {"source": "SOURCE"})
    reach = Reach(bootstrap, prefix, sets, settings_file)
    return forget(policy, reach) if forget_it else give(policy, reach)


KILL_HELP = """Stop serving at once, and until it is allowed: one rewrite, a domain, a tenant, or everything.

    For emergencies: programs that serve obey it within one poll, whether or not a worker runs. What is not narrowed is
    included: --domain alone means that domain of every tenant.

    [bold]Examples[/bold]

    reprise rewrites kill 3f9c02ab5d --note "plays the wrong station"

    reprise rewrites kill --tenant demo --domain payments

    reprise rewrites kill --everything
"""
BLOCK_HELP = """Forbid a pair, or all that a text may become: not served, and not published again until it is allowed.

    With --user it is a personal opt-out: nothing is rewritten for that user, as far as the other options say, and
    nothing changes for anybody else.

    [bold]Examples[/bold]

    reprise rewrites block --tenant demo --locale en-US --source "now" --target "no"

    reprise rewrites block --tenant demo --user 8d0c2f4e
"""
ALLOW_HELP = """Lift kills and blocks given before, wider ones too, for what it is about.

    The order given last decides: an allow of one pair lifts an older kill of its whole tenant for that pair, and an
    allow of everything lifts every older block. To take just one order back and leave older ones as they
    were, give that order again with --forget.

    [bold]Examples[/bold]

    reprise rewrites allow --tenant demo --domain payments

    reprise rewrites kill --everything --forget
"""


def _about_rewrites(action: Literal["kill", "block", "allow"], explained: str) -> Callable[..., int]:
    """Return the command for an order about whatever its options say."""

    def command(
        rewrite_id: Id = "",
        tenant: Tenant = "",
        locale: Locale = "",
        domain: Domain = "",
        expecting: Expecting = None,
        source: Source = "",
        target: Target = "",
        user: User = "",
        everything: Everything = False,
        note: Note = "",
        by: By = "",
        forget_it: Forget = False,
        bootstrap: BootstrapOption = "",
        prefix: PrefixOption = None,
        sets: SettingOptions = [],  # noqa: B006 - typer copies it
        settings_file: SettingsFile = "",
    ) -> int:
        if expecting == "":
            message = "--expecting: expected a question; leave it out for all, or give the id of a rewrite at none"
            raise UnusableError(message)
        place = {"tenant": tenant, "locale": locale, "domain": domain, "state": expecting or ""}
        pair = {"source": source, "target": target, "rewrite_id": rewrite_id, "user": user}
        draft = Policy("", action, 0, **place, **pair, note=note, issued_by=by)
        if everything and any((place | pair).values()):
            message = "--everything: does not go with what narrows an order; leave one of them out"
            raise UnusableError(message)
        policy = checked(draft, {"": NARROWING, "rewrite_id": "ID", "state": "--expecting"}, everything=everything)
        reach = Reach(bootstrap, prefix, sets, settings_file)
        return forget(policy, reach) if forget_it else give(policy, reach)

    command.__doc__ = explained
    return command


rewrites.command(name="kill")(_about_rewrites("kill", KILL_HELP))
rewrites.command(name="block")(_about_rewrites("block", BLOCK_HELP))
rewrites.command(name="allow")(_about_rewrites("allow", ALLOW_HELP))


@rewrites.command(name="set")
def set_(
    name: SettingName,
    value: SettingValue = "",
    tenant: Tenant = "",
    locale: Locale = "",
    note: Note = "",
    by: By = "",
    forget_it: Forget = False,
    bootstrap: BootstrapOption = "",
    prefix: PrefixOption = None,
    sets: SettingOptions = [],  # noqa: B006 - typer copies it
    settings_file: SettingsFile = "",
) -> int:
    """Change a setting of learning for a tenant, a locale or both, while the workers run.

    Where several apply the narrower one counts. Privacy can only be made stricter: `users_min` counts where it is
    above the workers' own.

    [bold]Examples[/bold]

    reprise rewrites set alpha 0.01 --tenant demo --locale de-DE --note "careful at first"

    reprise rewrites set alpha --tenant demo --locale de-DE --forget
    """
    where = {"tenant": tenant, "locale": locale, "setting": name}
    # What is taken back is named without its value; any that the setting takes will do.
    given = value if value or not forget_it else default_of(name)
    policy = checked(
        Policy("", "set", 0, **where, value=given, note=note, issued_by=by),
        {"": SCOPING, "setting": "NAME", "value": "VALUE"},
    )
    reach = Reach(bootstrap, prefix, sets, settings_file)
    return forget(policy, reach) if forget_it else give(policy, reach)


def default_of(name: str) -> str:
    """Return a setting's default as text, "" for a name that is none."""
    field = Settings.model_fields.get(name)
    return "" if field is None else shown(field.default)
