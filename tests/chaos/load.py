"""What a chaos run feeds: encoded turns of simulated people, with bad records between them. Knows no Kafka.

Made once and kept in a file, so that encoding takes nothing from the machine while workers are watched.
"""

import random
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple
from zlib import crc32

import msgspec

from schemas.codec import decode_avro, encode_avro
from schemas.records import Turn, TurnEvent
from streams.simulate.traffic import Traffic

DAY_MS: Final = 86_400_000
NEXT_CENTURY_MS: Final = 4_102_444_800_000
MISDATED_SHARE: Final = 0.5
HUGE_BYTES: Final = 300_000
LOCALES: Final = ("en-US", "en-GB", "en-AU", "en-IN", "en-ZA")
WRONG_ID = b"\x00\x00\x0f\x42\x3f"
"""What a record of a schema that nobody registered begins with."""

LENGTH: Final = struct.Struct(">I")
"""Before each record that is kept one by one: its bytes."""


class Fed(NamedTuple):
    """One record to feed."""

    key: bytes | None
    value: bytes | None


def prepare(
    file: Path, *, turns: int, users: int, seed: int, bad_every: int = 0, untimely: bool = False, locales: int = 1
) -> int:
    """Write a load to a file and return how many records it has.

    Args:
        file: written whole, or not at all.
        turns: turns of the traffic; signals and repeated records come on top.
        users: simulated people.
        seed: the same seed gives the same records.
        bad_every: after so many good records comes one that cannot be taken in; 0 for none.
        untimely: whether some of these are sound, but of another time.
        locales: how many languages people speak, so that there are as many chains.
    """
    events = (spread(event, locales) for event in Traffic(turns, users, seed))
    records = list(with_bad(map(fed, events), bad_every, seed, untimely=untimely))
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_bytes(msgspec.msgpack.encode(records))
    unfinished.replace(file)
    return len(records)


def read(file: Path) -> list[Fed]:
    """Return the records of a file."""
    return msgspec.msgpack.decode(file.read_bytes(), type=list[Fed])


def keeping(records: Iterable[Fed], file: IO[bytes]) -> Iterator[Fed]:
    """Yield records, each after it was written to a file; ``kept`` reads them."""
    for record in records:
        data = msgspec.msgpack.encode(record)
        file.write(LENGTH.pack(len(data)) + data)
        yield record


def kept(file: Path) -> Iterator[Fed]:
    """Yield the records of a file written by ``keeping``; one that is only half written was never sent."""
    data = memoryview(file.read_bytes())
    while len(data) >= LENGTH.size:
        (length,) = LENGTH.unpack_from(data)
        record, data = data[LENGTH.size :][:length], data[LENGTH.size + length :]
        if len(record) == length:
            yield msgspec.msgpack.decode(record, type=Fed)


def fed(event: TurnEvent) -> Fed:
    """Return an event as its producer sends it."""
    return Fed(f"{event.tenant}|{event.user}".encode(), encode_avro(event))


def spread(event: TurnEvent, locales: int) -> TurnEvent:
    """Return an event in the language of its user."""
    return msgspec.structs.replace(event, locale=locale_of(event.user, locales))


def locale_of(user: str, locales: int) -> str:
    """Return the language of a user."""
    return LOCALES[crc32(user.encode()) % locales]


def with_bad(good: Iterator[Fed], every: int, seed: int, *, untimely: bool = False) -> Iterator[Fed]:
    """Yield good records, and a bad one after so many of them; of these half are ``misdated`` if untimely."""
    chance = random.Random(f"bad {seed}")  # noqa: S311 - a test
    for number, record in enumerate(good, 1):
        yield record
        if every and number % every == 0:
            misdate = untimely and chance.random() < MISDATED_SHARE
            yield (misdated if misdate else spoilt)(record, chance)


def misdated(record: Fed, chance: random.Random) -> Fed:
    """Return a record like another that comes a day late, or from the next century."""
    event = decode_avro(TurnEvent, record.value or b"")
    at_ms = event.occurred_at - DAY_MS if chance.random() < MISDATED_SHARE else NEXT_CENTURY_MS
    turn = Turn(f"misdated-{chance.getrandbits(64)}", "", "whatever")
    event = TurnEvent(event.tenant, event.locale, event.user, "", at_ms, turn=turn)
    return Fed(record.key, encode_avro(event))


def spoilt(record: Fed, chance: random.Random) -> Fed:
    """Return a record like another that no stage can take in."""
    value = record.value or b""
    wrong = (
        None,
        b"",
        value[: chance.randrange(1, len(value) - 1)],  # cut off
        WRONG_ID + value[len(WRONG_ID) :],
        value + b"\x00",  # too long
        value + bytes(HUGE_BYTES),  # much too long
        chance.randbytes(len(value)),
        b'{"tenant": "demo"}',
    )
    return Fed(record.key, chance.choice(wrong))
