"""Measures the codec: microseconds to decode, project and encode a turn and a trail of two turns.

Run ``python -m tests.bench.bench_codec``. Prints; judges nothing.
"""

import io
import time
from collections.abc import Callable

import fastavro
import msgspec
from rich.console import Console
from rich.table import Table

from schemas.codec import (
    DETECT_FIELDS,
    LEARN_FIELDS,
    decode_avro,
    decode_json,
    encode_avro,
    encode_json,
    project,
)
from schemas.records import (
    Interpretation,
    Reply,
    Slot,
    Trail,
    Trails,
    TrailTurn,
    Turn,
    TurnEvent,
)
from schemas.registry import HEADER_BYTES, current_schema

NOW_MS = 1_565_000_000_123
REPETITIONS = 5_000

TURN = TurnEvent(
    tenant="demo",
    locale="en-US",
    user="3f2a9c1e7b40d6aa",
    session_id="c12",
    occurred_at=NOW_MS,
    device="kitchen-1",
    turn=Turn(
        turn_id="c12-3",
        said="play the next song please",
        expecting="step",
        said_confidence=0.87,
        interpretation=Interpretation("music", "play", (Slot("song", "next song"),), 0.9),
        reply=Reply("asked_again", "Sorry, which song would you like to hear?", NOW_MS + 400, NOW_MS + 2_500),
    ),
)


def trail_turn(number: int) -> TrailTurn:
    """Return a turn of the trail."""
    return TrailTurn(
        turn_id=f"c12-{number}",
        occurred_at=NOW_MS + 9_000 * number,
        session_id="c12",
        state="step",
        said="play the next song please",
        heard="Play the next song, please",
        domain="music",
        intent="play",
        meaning="music|play|song=next song",
        outcome="success",
        joined_to=None if number == 0 else "c12-0",
        joined_by=None if number == 0 else "rephrase",
        score=0.93 * number,
    )


TRAIL = Trail(
    trail_id="t1",
    tenant="demo",
    locale="en-US",
    user="3f2a9c1e7b40d6aa",
    started_at=NOW_MS,
    ended_at=NOW_MS + 9_000,
    settled_at=NOW_MS + 60_000,
    closed_by="gap",
    outcome="success",
    normaliser="1",
    detector="rules-1",
    turns=(trail_turn(0), trail_turn(1)),
)
TRAILS = Trails(tenant="demo", locale="en-US", partition=3, partition_time=NOW_MS + 65_000, trails=(TRAIL,))


def microseconds(action: Callable[[], object]) -> float:
    """Return the shortest of nine measurements of an action, in microseconds for one call."""
    best = float("inf")
    for _ in range(9):
        started = time.perf_counter()
        for _ in range(REPETITIONS):
            action()
        best = min(best, time.perf_counter() - started)
    return best / REPETITIONS * 1e6


def measured(record: msgspec.Struct, fields: frozenset[str]) -> list[str]:
    """Return sizes and times of one record as the cells of a column."""
    kind = type(record)
    in_json, in_avro = encode_json(record), encode_avro(record)
    value, schema = in_avro[HEADER_BYTES:], fastavro.parse_schema(current_schema(kind.__name__))
    read = project(kind, fields)
    times = (
        microseconds(lambda: decode_json(kind, in_json)),
        microseconds(lambda: fastavro.schemaless_reader(io.BytesIO(value), schema, None)),
        microseconds(lambda: decode_avro(kind, in_avro)),
        microseconds(lambda: read(in_avro)),
        microseconds(lambda: encode_json(record)),
        microseconds(lambda: encode_avro(record)),
    )
    return [str(len(in_json)), str(len(in_avro)), *(f"{each:.2f}" for each in times)]


def main() -> None:
    """Print the table."""
    table = Table("", "turn", "trail of two turns", title="codec, microseconds")
    names = (
        "JSON bytes",
        "Avro bytes",
        "decode_json",
        "fastavro, to dictionaries",
        "decode_avro",
        "project",
        "encode_json",
        "encode_avro",
    )
    for row in zip(names, measured(TURN, DETECT_FIELDS), measured(TRAILS, LEARN_FIELDS), strict=True):
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
