"""``reprise topics``: makes the topics, compares them, says who needs which rights. Knows no setting of a topic."""

from typing import Annotated

import typer

from streams.commands.settings import BootstrapOption, PrefixOption, read_worker_settings, with_shortcuts
from streams.commands.usage import UNUSABLE_EXIT_CODE, SettingOptions, SettingsFile, UnusableError, screen
from streams.kafka.access import ROLES, accesses
from streams.kafka.provisioning import ContradictionError, Difference
from streams.kafka.provisioning import check as check_topics
from streams.kafka.provisioning import create as create_topics
from streams.kafka.topic_admin import ProvisioningError
from streams.settings import WorkerSettings
from streams.tables import table

topics = typer.Typer(no_args_is_help=True, help="Make and check the topics in Kafka, and the rights they need.")

PRINCIPAL_HELP = f"Who plays a role ({', '.join(ROLES)}); may be given again. Without any: User:reprise-ROLE for all."
Principals = Annotated[
    list[str], typer.Option("--principal", metavar="ROLE=USER", help=PRINCIPAL_HELP, show_default=False)
]


@topics.command()
def create(
    bootstrap: BootstrapOption = "",
    prefix: PrefixOption = None,
    sets: SettingOptions = [],  # noqa: B006 - typer copies it
    settings_file: SettingsFile = "",
) -> int:
    """Make the topics that are missing; what is there is never changed.

    Ends with exit code 2, and makes nothing, when a topic is there that contradicts the settings.

    [bold]Example[/bold]

    reprise topics create --bootstrap 127.0.0.1:9092 --set replication=1
    """
    settings = _settings(bootstrap, prefix, sets, settings_file)
    try:
        made, differences = create_topics(settings, settings)
    except ContradictionError as error:
        for line in str(error).splitlines():
            typer.echo(f"reprise: {line}", err=True)
        return UNUSABLE_EXIT_CODE
    except ProvisioningError as error:
        raise UnusableError(str(error)) from None
    console = screen()
    said = f"Made {len(made)}: {', '.join(made)}" if made else "All topics are there already; none was made."
    console.print(said, markup=False, soft_wrap=True)
    if differences:
        console.print(table("Not as wanted, and left alone", COLUMNS, rows(differences)))
    return 0


@topics.command()
def check(
    bootstrap: BootstrapOption = "",
    prefix: PrefixOption = None,
    sets: SettingOptions = [],  # noqa: B006 - typer copies it
    settings_file: SettingsFile = "",
) -> int:
    """Compare the topics in Kafka with what the settings want; exit code 2 when anything differs."""
    settings = _settings(bootstrap, prefix, sets, settings_file)
    try:
        differences = check_topics(settings, settings)
    except ProvisioningError as error:
        raise UnusableError(str(error)) from None
    if not differences:
        screen().print("All topics are as wanted.")
        return 0
    screen().print(table("Topics that are not as wanted", COLUMNS, rows(differences)))
    return UNUSABLE_EXIT_CODE


@topics.command()
def acls(
    principals: Principals = [],  # noqa: B006 - typer copies it
    bootstrap: BootstrapOption = "",
    prefix: PrefixOption = None,
    sets: SettingOptions = [],  # noqa: B006 - typer copies it
    settings_file: SettingsFile = "",
) -> None:
    """Print the least rights that each kind of program needs, as lines for kafka-acls.sh. Grants nothing itself.

    The lines expect admin.properties, in which kafka-acls.sh finds how an administrator logs in.

    [bold]Example[/bold]

    reprise topics acls --principal worker=User:reprise --principal producer=User:assistant
    """
    settings = _settings(bootstrap, prefix, sets, settings_file)
    try:
        granted = accesses(settings, principals_from(principals))
    except ValueError as error:
        message = f"--principal: {error}"
        raise UnusableError(message) from None
    for access in granted:
        # Lines for a shell: neither wrapped nor coloured.
        typer.echo(access.command(settings.bootstrap))


COLUMNS = ("topic", "what", "there", "wanted", "how to mend it")


def rows(differences: list[Difference]) -> list[tuple[str, str, str, str, str]]:
    """Return what a table of differences shows."""
    return [(found.topic, found.what, found.there, found.wanted, found.help) for found in differences]


def principals_from(options: list[str]) -> dict[str, str]:
    """Read ``ROLE=USER`` options; a user without a type is a ``User:``.

    Raises:
        ValueError: an option is something else.
    """
    found = {}
    for option in options:
        role, equals, user = option.partition("=")
        if not equals or not user.strip():
            message = f"`{option}` should be ROLE=USER"
            raise ValueError(message)
        found[role.strip()] = user.strip() if ":" in user else f"User:{user.strip()}"
    return found or {role: f"User:reprise-{role}" for role in ROLES}


def _settings(bootstrap: str, prefix: str | None, sets: list[str], settings_file: str) -> WorkerSettings:
    return read_worker_settings(with_shortcuts(sets, bootstrap, prefix), settings_file)
