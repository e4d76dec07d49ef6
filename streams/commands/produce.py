"""``reprise produce``: turn events from files to Kafka. Knows files and options, no stage."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated

import typer

from schemas.codec import decode_json
from schemas.records import TurnEvent
from streams.commands.reading import Line, Lines
from streams.commands.replay import EventFiles
from streams.commands.settings import BootstrapOption, PrefixOption, read_worker_settings, with_shortcuts
from streams.commands.usage import SettingOptions, SettingsFile, UnusableError, progress, screen
from streams.kafka.schema_registry import RegistryError
from streams.producing import DeliveryError, KafkaUnusableError, QueueFullError, TurnProducer
from streams.settings import WorkerSettings
from streams.tables import table

FAILED_EXIT_CODE = 1

LINES_SHOWN_MAX = 20
"""Bad lines told one by one; the rest is counted, as a file of the wrong kind has nothing else."""

RATE_HELP = "Events a second at most; 0 is as fast as Kafka takes them."
FINISH_HELP = "Let time pass at the end, so that every attempt is complete; not where others go on sending."
Rate = Annotated[float, typer.Option("--rate", metavar="N", min=0.0, help=RATE_HELP)]
Finish = Annotated[bool, typer.Option("--finish/--no-finish", help=FINISH_HELP)]


@dataclass(slots=True)
class Produced:
    """What was read and sent so far. ``first_ms`` and ``last_ms`` are event times, None before the first."""

    lines: int = 0
    sent: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    first_ms: int | None = None
    last_ms: int | None = None


def produce(
    files: EventFiles,
    bootstrap: BootstrapOption = "",
    prefix: PrefixOption = None,
    rate: Rate = 0.0,
    finish: Finish = True,
    sets: SettingOptions = [],  # noqa: B006 - typer copies it
    settings_file: SettingsFile = "",
) -> int:
    """Send turn events from files to Kafka, in the order they stand in.

    Reads one JSON object a line. Before the first event every partition is told its time, and after the last one
    that the time of an attempt has passed, so that a recording is learned from to its end. A line that cannot be used
    is told with the reason, and the rest is sent.

    [bold]Examples[/bold]

    reprise produce turns.jsonl.gz --bootstrap 127.0.0.1:9092

    tail -f turns.jsonl | reprise produce - --no-finish
    """
    settings = read_worker_settings(with_shortcuts(sets, bootstrap, prefix), settings_file)
    started_s = time.perf_counter()
    done = Produced()
    try:
        _produce(Lines(files), settings, done, rate, finish=finish)
    except (KafkaUnusableError, RegistryError) as error:
        raise UnusableError(str(error)) from None
    except (DeliveryError, QueueFullError) as error:
        typer.echo(f"reprise: {error}; {done.sent:,} events were sent before", err=True)
        return FAILED_EXIT_CODE
    if not done.sent:
        message = f"none of {done.lines} lines could be used" if done.lines else "the input holds no line"
        raise UnusableError(message)
    _show(done, settings.topic("turns"), time.perf_counter() - started_s)
    return 0


def _produce(lines: Lines, settings: WorkerSettings, done: Produced, rate: float, *, finish: bool) -> None:
    with TurnProducer(settings) as turns, progress("producing", lines.total_bytes) as show:
        turns.partitions()  # a wrong address or a missing topic is told before anything is read
        started_s = time.monotonic()
        for line in lines:
            done.lines += 1
            _send(line, turns, done)
            if rate:
                time.sleep(max(0.0, started_s + done.sent / rate - time.monotonic()))
            show(lines.done_bytes)
        if finish and done.last_ms is not None:
            turns.finish_at(done.last_ms, horizon_ms=settings.gap_ms + settings.lateness_ms)


def _send(line: Line, turns: TurnProducer, done: Produced) -> None:
    try:
        event = decode_json(TurnEvent, line.value)
        if done.first_ms is None:
            turns.start_at(event.occurred_at)
        turns.send(event)
    except ValueError as error:
        _refuse(line, error, done)
        return
    done.sent += 1
    ends = event.occurred_at
    if event.turn is not None and event.turn.reply.ended_at is not None:
        ends = max(ends, event.turn.reply.ended_at)
    done.first_ms = event.occurred_at if done.first_ms is None else done.first_ms
    done.last_ms = ends if done.last_ms is None else max(done.last_ms, ends)


def _refuse(line: Line, error: ValueError, done: Produced) -> None:
    done.refused[str(error)] += 1
    told = done.refused.total()
    if told <= LINES_SHOWN_MAX:
        typer.echo(f"reprise: {line.file}:{line.number}: {error}", err=True)
    if told == LINES_SHOWN_MAX:
        typer.echo("reprise: further lines that cannot be used are only counted", err=True)


def _show(done: Produced, topic: str, seconds: float) -> None:
    rows = [
        ("lines read", done.lines),
        (f"events sent to {topic}", done.sent),
        ("lines refused", done.refused.total()),
        ("events per second", round(done.sent / seconds)),
    ]
    screen().print(table("Produced", ("what", "how many"), rows))
