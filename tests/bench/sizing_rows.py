"""What rows of state take, on disk and in memory, counted from traffic in memory. Knows no Kafka and no table."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from schemas.records import TurnEvent
from streams.commands.run import batches
from streams.driver import Driver
from streams.engine.cache import to_bytes
from streams.stage import Row
from streams.topology import DETECT, LEARN
from tests.bench.kafka_traffic import schedule
from tests.bench.measure import resident_bytes
from tests.bench.plain import plain_traffic

RATE: Final = 200
HELD_TURNS: Final = 24_000
"""Two minutes at that rate: more than any turn is held."""

STARTS_MS: Final = 1_767_571_200_000
KNOWN_TURNS: Final = 60_000
KNOWN_TEXTS: Final = 200
KNOWN_PEOPLE: Final = 20_000
"""So many people a text that every bounded set of people in its rows is full."""

NEW_TEXTS: Final = 20_000
COPIES: Final = 20


class RowFigures(msgspec.Struct, frozen=True):
    """What rows take.

    Attributes:
        turn_held_bytes: rows of detect for one turn that is held, keys included.
        turn_held_seconds: how long a turn is held, with the default settings.
        known_text_bytes: rows of learn for one text that many people said, keys included.
        known_text_rows: how many rows those are.
        new_text_bytes: the same for a text that a few people said.
        new_text_rows: the same.
        row_memory_bytes: one decoded row of a text that many people said, in memory.
    """

    turn_held_bytes: float
    turn_held_seconds: float
    known_text_bytes: float
    known_text_rows: float
    new_text_bytes: float
    new_text_rows: float
    row_memory_bytes: float


def measure() -> RowFigures:
    """Run the stages in memory and count."""
    held = _held()
    turns = sum(len(row.turns) for key, row in held.items() if key.startswith("person|"))
    known = _learned(plain_traffic(KNOWN_TURNS, KNOWN_PEOPLE, KNOWN_TEXTS))
    new = _learned(plain_traffic(KNOWN_TURNS, KNOWN_PEOPLE, NEW_TEXTS))
    return RowFigures(
        turn_held_bytes=_bytes(held) / turns,
        turn_held_seconds=turns / RATE,
        known_text_bytes=_bytes(known) / _texts(known),
        known_text_rows=len(known) / _texts(known),
        new_text_bytes=_bytes(new) / _texts(new),
        new_text_rows=len(new) / _texts(new),
        row_memory_bytes=_memory(known),
    )


def _held() -> Mapping[str, Row]:
    """Return the rows of detect in the middle of traffic."""
    driver = Driver()
    _feed(driver, (said.event(STARTS_MS + int(said.due_s * 1_000)) for said in schedule(HELD_TURNS, RATE)))
    return driver.rows[DETECT.name].rows


def _learned(events: Iterable[TurnEvent]) -> Mapping[str, Row]:
    """Return the rows of learn after traffic."""
    driver = Driver()
    _feed(driver, events)
    driver.finish()
    return driver.rows[LEARN.name].rows


def _feed(driver: Driver, events: Iterable[TurnEvent]) -> None:
    for batch in batches(events):
        driver.feed(batch)


def _bytes(rows: Mapping[str, Row]) -> int:
    encode = msgspec.msgpack.Encoder().encode
    return sum(len(to_bytes(key)) + len(encode(row)) for key, row in rows.items())


def _texts(rows: Mapping[str, Row]) -> int:
    return sum(key.startswith("text|") for key in rows)


def _memory(rows: Mapping[str, Row]) -> float:
    """Return what one decoded row takes: many copies are made, and the process is looked at before and after."""
    encode = msgspec.msgpack.Encoder().encode
    decoders = {kind: msgspec.msgpack.Decoder(row) for kind, row in LEARN.rows.items()}
    encoded = [(key, decoders[key.partition("|")[0]].decode, encode(row)) for key, row in rows.items()]
    before = resident_bytes()
    kept = [{f"{number}{key}": decode(value) for key, decode, value in encoded} for number in range(COPIES)]
    return (resident_bytes() - before) / sum(len(each) for each in kept)
