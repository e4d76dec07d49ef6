"""``reprise rejected``: looks at rejected records, and sends them again. Knows options, not what a record holds."""

import base64
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer

from streams.commands.produce import FAILED_EXIT_CODE
from streams.commands.settings import BootstrapOption, PrefixOption, read_connection, with_shortcuts
from streams.commands.usage import SettingOptions, SettingsFile, UnusableError, screen
from streams.kafka.partitions import KafkaUnusableError
from streams.kafka.rejections import REPLAYS_MAX, SUFFIX, Choice, RejectedRecord, rejected_records
from streams.kafka.rejections import replay as send_again
from streams.producing import DeliveryError, QueueFullError
from streams.tables import table
from streams.topology import TOPICS
from streams.wording import instant, printable

rejected = typer.Typer(no_args_is_help=True, help="Look at what was rejected and why, and send it again.")

REJECTED_TOPICS = tuple(topic.name for topic in TOPICS if topic.name.endswith(SUFFIX))
BEGINNING = "beginning"

FROM_HELP = "Begin with what was rejected then: `beginning`, or a time such as 2026-01-31T12:00Z."
TIME_HELP = "A time such as 2026-01-31T12:00Z (UTC when no zone is given)."
SHOW_HELP = "Show the records themselves too: what people said, and who."
AGAIN_HELP = f"Send also what was sent again already, and what came back {REPLAYS_MAX} times."

TopicOption = Annotated[str, typer.Option("--topic", metavar="NAME", help=f"One of {', '.join(REJECTED_TOPICS)}.")]
Reason = Annotated[str, typer.Option("--reason", metavar="REASON", help="Only what was rejected for this reason.")]
From = Annotated[str, typer.Option("--from", metavar="TIME", help=FROM_HELP)]
Since = Annotated[str, typer.Option("--since", metavar="TIME", help=f"Rejected then or later. {TIME_HELP}")]
Until = Annotated[str, typer.Option("--until", metavar="TIME", help=f"Rejected before then. {TIME_HELP}")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=100_000, help="Show the last N.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line instead of a table.")]
ShowValue = Annotated[bool, typer.Option("--show-value", help=SHOW_HELP)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Send nothing; say what would be sent.")]
Again = Annotated[bool, typer.Option("--again", help=AGAIN_HELP)]


@rejected.command(name="list")
def list_(
    topic: TopicOption = REJECTED_TOPICS[0],
    reason: Reason = "",
    from_: From = BEGINNING,
    limit: Limit = 50,
    as_json: AsJson = False,
    show_value: ShowValue = False,
    bootstrap: BootstrapOption = "",
    prefix: PrefixOption = None,
    sets: SettingOptions = [],  # noqa: B006 - typer copies it
    settings_file: SettingsFile = "",
) -> None:
    """List what was rejected: when, by which stage, from where, and why.

    What was said is not shown unless asked for.

    [bold]Example[/bold]

    reprise rejected list --reason late --limit 10
    """
    _check_topic(topic)
    choice = Choice(reason, 0 if from_ == BEGINNING else _epoch_ms("--from", from_))
    connection = read_connection(with_shortcuts(sets, bootstrap, prefix), settings_file)
    found: deque[RejectedRecord] = deque(maxlen=limit)
    number = 0
    try:
        for record in rejected_records(connection, topic, choice):
            found.append(record)
            number += 1
    except KafkaUnusableError as error:
        raise UnusableError(str(error)) from None
    shown = sorted(found, key=lambda record: record.at_ms)
    if as_json:
        for record in shown:
            typer.echo(msgspec.json.encode(_row(record, show_value=show_value)))
        return
    screen().print("\n".join(_lines(shown, number, show_value=show_value)), markup=False, soft_wrap=True)


@rejected.command(name="replay")
def replay(
    topic: TopicOption = REJECTED_TOPICS[0],
    reason: Reason = "",
    since: Since = "",
    until: Until = "",
    dry_run: DryRun = False,
    again: Again = False,
    bootstrap: BootstrapOption = "",
    prefix: PrefixOption = None,
    sets: SettingOptions = [],  # noqa: B006 - typer copies it
    settings_file: SettingsFile = "",
) -> int:
    """Send rejected records again to the topic they came from, as they were.

    Do it once the cause is gone. A record that was sent again already is passed over, and so is one that
    keeps coming back. Turns that have become too old in the meantime are rejected again as late.

    [bold]Example[/bold]

    reprise rejected replay --reason undecodable --since 2026-01-31T12:00Z --dry-run
    """
    _check_topic(topic)
    choice = Choice(reason, _epoch_ms("--since", since) if since else 0, _epoch_ms("--until", until) if until else None)
    connection = read_connection(with_shortcuts(sets, bootstrap, prefix), settings_file)
    try:
        done = send_again(connection, topic, choice, again=again, send=not dry_run)
    except KafkaUnusableError as error:
        raise UnusableError(str(error)) from None
    except (DeliveryError, QueueFullError) as error:
        typer.echo(f"reprise: not all were sent: {error}; the same command sends the rest", err=True)
        return FAILED_EXIT_CODE
    target = connection.topic(topic.removesuffix(SUFFIX))
    rows = [
        (f"{'would be sent' if dry_run else 'sent'} to {target}", done.sent),
        ("left out: sent again before", done.sent_before),
        (f"left out: came back {REPLAYS_MAX} times", done.came_back_too_often),
    ]
    screen().print(table("Rejected records", ("what", "how many"), rows))
    return 0


def _check_topic(topic: str) -> None:
    if topic not in REJECTED_TOPICS:
        message = f"--topic {topic}: expected {' or '.join(REJECTED_TOPICS)}, without the prefix"
        raise UnusableError(message)


def _epoch_ms(option: str, text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        message = f"{option} {text}: expected a time such as 2026-01-31T12:00Z"
        raise UnusableError(message) from None
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def _lines(records: list[RejectedRecord], number: int, *, show_value: bool) -> Iterable[str]:
    """Yield two lines a record: a table would cut the reasons off where a terminal is narrow."""
    for record in records:
        source = f"{record.source_topic}/{record.source_partition}/{record.source_offset}"
        again = f", sent again {record.replayed} times" if record.replayed else ""
        yield printable(
            f"{instant(record.at_ms)}  {record.stage}  {source}  {record.reason}  {record.bytes} bytes{again}"
        )
        yield printable(f"    {record.exception}")
        if show_value:
            yield printable(f"    key    {_shown(record.key)['value']}")
            yield printable(f"    value  {_shown(record.value)['value']}")
    yield (
        f"{number:,} rejected; the last {len(records):,} are shown" if number > len(records) else f"{number:,} rejected"
    )


def _row(record: RejectedRecord, *, show_value: bool) -> dict[str, Any]:
    row = record._asdict()
    for name in ("key", "value", "headers"):
        del row[name]
    row |= {"time": instant(record.at_ms), "bytes": record.bytes}
    return row | {"key": _shown(record.key), "value": _shown(record.value)} if show_value else row


def _shown(content: bytes | None) -> dict[str, str]:
    """Return bytes as text where they are text, else as base64."""
    try:
        return {"value": (content or b"").decode("utf-8"), "encoding": "utf-8"}
    except UnicodeDecodeError:
        return {"value": base64.b64encode(content or b"").decode("ascii"), "encoding": "base64"}
