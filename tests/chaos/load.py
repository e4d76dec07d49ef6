"""What a chaos run feeds: encoded turns of simulated people, with bad records between them. Knows no Kafka.

Made once and kept in a file, so that encoding takes nothing from the machine while workers are watched.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from schemas.codec import encode_avro
from schemas.records import TurnEvent
from streams.simulate.traffic import Traffic

WRONG_ID = b"\x00\x00\x0f\x42\x3f"
"""What a record of a schema that nobody registered begins with."""


class Fed(NamedTuple):
    """One record to feed."""

    key: bytes | None
    value: bytes | None


def prepare(file: Path, *, turns: int, users: int, seed: int, bad_every: int = 0) -> int:
    """Write a load to a file and return how many records it has.

    Args:
        file: written whole, or not at all.
        turns: turns of the traffic; signals and repeated records come on top.
        users: simulated people.
        seed: the same seed gives the same records.
        bad_every: after so many good records comes one that cannot be taken in; 0 for none.
    """
    records = list(with_bad(map(fed, Traffic(turns, users, seed)), bad_every, seed))
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_bytes(msgspec.msgpack.encode(records))
    unfinished.replace(file)
    return len(records)


def read(file: Path) -> list[Fed]:
    """Return the records of a file."""
    return msgspec.msgpack.decode(file.read_bytes(), type=list[Fed])


def fed(event: TurnEvent) -> Fed:
    """Return an event as its producer sends it."""
    return Fed(f"{event.tenant}|{event.user}".encode(), encode_avro(event))


def with_bad(good: Iterator[Fed], every: int, seed: int) -> Iterator[Fed]:
    """Yield good records, and a bad one after so many of them."""
    chance = random.Random(f"bad {seed}")  # noqa: S311 - a test
    for number, record in enumerate(good, 1):
        yield record
        if every and number % every == 0:
            yield spoilt(record, chance)


def spoilt(record: Fed, chance: random.Random) -> Fed:
    """Return a record like another that no stage can take in."""
    value = record.value or b""
    wrong = (
        None,
        b"",
        value[: chance.randrange(1, len(value) - 1)],  # cut off
        WRONG_ID + value[len(WRONG_ID) :],
        value + b"\x00",  # too long
        chance.randbytes(len(value)),
        b'{"tenant": "demo"}',
    )
    return Fed(record.key, chance.choice(wrong))
