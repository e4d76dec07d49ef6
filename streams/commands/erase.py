"""``reprise erase``: has every stage forget a person. Knows options, not what a stage keeps."""

from typing import Annotated

import typer

from schemas.records import Policy
from streams.commands.giving import Reach, checked, forget, give
from streams.commands.rewrites import By, Note
from streams.commands.settings import BootstrapOption, PrefixOption
from streams.commands.usage import SettingOptions, SettingsFile, screen

USER_HELP = "The person's pseudonym, as in the turns."
TENANT_HELP = "Only what this tenant's traffic told; without it that of every tenant."
FORGET_HELP = "Take the order itself out of the topic, once every worker has obeyed it. Brings nothing back."

User = Annotated[str, typer.Argument(metavar="USER", help=USER_HELP)]
OfTenant = Annotated[str, typer.Option("--tenant", metavar="TENANT", help=TENANT_HELP, show_default=False)]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")]
ForgetOrder = Annotated[bool, typer.Option("--forget", help=FORGET_HELP)]

WHAT_FOLLOWS = """\
Dropped, with the next batch of each worker: the person's open attempts, what is kept to tell rephrasings and
to count one outcome a day, and their mark on every text and rewrite that can still be told apart.
Not dropped: sums they were added to, as nobody can say any more what came from whom; rewrites that are
published; records that are already in `turns`, `feedback` and `trails`, until Kafka's retention removes them;
sessions of users that are many people (`shared_users`) once learned from. What the person says from now on is new."""


def erase(
    user: User,
    tenant: OfTenant = "",
    yes: Yes = False,
    forget_it: ForgetOrder = False,
    note: Note = "",
    by: By = "",
    bootstrap: BootstrapOption = "",
    prefix: PrefixOption = None,
    sets: SettingOptions = [],  # noqa: B006 - typer copies it
    settings_file: SettingsFile = "",
) -> int:
    """Have every stage drop what can still be attributed to a person. Cannot be undone.

    The order stays in the topic `policy`, and holds the pseudonym, so that workers that are down now obey it when they
    come back. Take it out later with --forget; what was dropped stays dropped.

    [bold]Examples[/bold]

    reprise erase 8d0c2f4e --tenant demo

    reprise erase 8d0c2f4e --tenant demo --forget
    """
    policy = checked(
        Policy("", "erase", 0, tenant=tenant, user=user, note=note, issued_by=by), {"user": "USER", "": "USER: "}
    )
    reach = Reach(bootstrap, prefix, sets, settings_file)
    if forget_it:
        return forget(policy, reach)
    screen().print(WHAT_FOLLOWS, markup=False, soft_wrap=True)
    if not yes:
        typer.confirm("Forget this person?", abort=True)
    return give(policy, reach)
