"""What generated readers and writers use at run time: numbers and caches. Knows neither records nor schemas."""

import struct
from functools import cache

from schemas.layout import Text
from schemas.limits import EPOCH_MS_MAX
from schemas.reading import compiled, long_at

CACHED_MAX = 4_096
"""Entries of one cache before it starts anew: a flood of values that never repeat costs time, not memory."""

CACHED_BYTES_MAX = 256
"""Bytes of the longest text that is kept, so that a full cache stays below a few megabytes."""

MORE = 0x80
"""The bit of a byte that says that another one follows."""

TIME_BYTES = 6
"""Bytes of a time in milliseconds between 1987 and 2039."""

TIME_BITS_LOW = 13
"""Bits of a time in its first two bytes (fourteen without the sign): what changes within 8 seconds."""

TIME_BITS_READ = 20
"""Bits of a time in its first three bytes: what changes within 17 minutes."""

KEPT_BYTES_MAX = 2
"""Bytes of the longest encoded numbers that are kept: there are 16,384 of them."""

UNPACK_TIME = struct.Struct("<BBBHB").unpack_from
UNPACK = struct.Struct("<d").unpack_from
PACK = struct.Struct("<d").pack


class Refused(ValueError):  # noqa: N818 - never leaves a generated function
    """Bytes or values a generated function does not take."""


class _Texts(dict[bytes, str]):
    """Texts by their UTF-8 bytes: valid ones only, each decoded once."""

    def __init__(self, node: Text) -> None:
        super().__init__()
        self._node = node
        self._matches = compiled(node.pattern).search if node.pattern else None

    def __missing__(self, raw: bytes) -> str:
        text = raw.decode()
        if not self._node.length_min <= len(text) <= self._node.length_max:
            raise Refused
        if self._matches is not None and not self._matches(text):
            raise Refused
        if len(raw) <= CACHED_BYTES_MAX:
            if len(self) >= CACHED_MAX:
                self.clear()
            self[raw] = text
        return text


@cache
def times_high() -> dict[int, int]:
    """Return what the last three of a time's six bytes add to it, by those bytes as a number, little end first.

    They change every 17 minutes, so that even sparse traffic finds them here. The table is filled by ``time_at``, so
    that it holds what has been seen and is valid.
    """
    return {}


def time_at(data: bytes, position: int) -> tuple[int, int]:
    """Return the time at a position, and the position behind it; remembers its high part.

    Raises:
        ValueError: no number of at most the largest time there.
    """
    value, end = long_at(data, position)
    if not 0 <= value <= EPOCH_MS_MAX:
        raise Refused
    if end - position == TIME_BYTES:
        known = times_high()
        if len(known) >= CACHED_MAX:
            known.clear()
        known[int.from_bytes(data[end - 3 : end], "little")] = value >> TIME_BITS_READ << TIME_BITS_READ
    return value, end


SPANS = tuple(1 + (byte >> 1) if byte < MORE and not byte & 1 else 0 for byte in range(256))
"""By the first byte of a string: its bytes with the length itself; 0 when the length is longer, or negative."""


class _Varints(dict[int, bytes]):
    """Encoded numbers; those of one or two bytes, lengths above all, are kept."""

    def __missing__(self, value: int) -> bytes:
        encoded = varint(value)
        if len(encoded) <= KEPT_BYTES_MAX:
            self[value] = encoded
        return encoded


VARINTS = _Varints()


class _TimesWrittenLow(dict[int, bytes]):
    """The first two of a time's bytes, by its bits that change within 8 seconds."""

    def __missing__(self, low: int) -> bytes:
        self[low] = raw = bytes((low << 1 & 0x7F | MORE, low >> 6 | MORE))
        return raw


class _TimesWrittenHigh(dict[int, bytes]):
    """The other bytes of a time, by its other bits, which are not all zero."""

    def __missing__(self, high: int) -> bytes:
        if len(self) >= CACHED_MAX:
            self.clear()
        self[high] = raw = varint(high << TIME_BITS_LOW)[2:]
        return raw


TIMES_WRITTEN_LOW = _TimesWrittenLow()
TIMES_WRITTEN_HIGH = _TimesWrittenHigh()


class _EncodedTexts(dict[str, bytes]):
    """Valid texts with their lengths in front, each encoded once."""

    def __init__(self, node: Text) -> None:
        super().__init__()
        self._decoded = texts(node)

    def __missing__(self, text: str) -> bytes:
        raw = text.encode()
        self._decoded[raw]
        encoded = varint(len(raw)) + raw
        if len(raw) <= CACHED_BYTES_MAX:
            if len(self) >= CACHED_MAX:
                self.clear()
            self[text] = encoded
        return encoded


def encoded_texts(node: Text) -> dict[str, bytes]:
    """Return a cache that checks and encodes a kind of text; what is not valid raises ValueError."""
    return _EncodedTexts(node)


def texts(node: Text) -> dict[bytes, str]:
    """Return a cache that decodes and checks a kind of text; what is not valid raises ValueError."""
    return _Texts(node)


def varint(value: int) -> bytes:
    """Return a whole number in Avro's zig-zag encoding.

    Raises:
        Refused: it does not fit in 64 bits.
    """
    if not -(1 << 63) <= value < 1 << 63:
        raise Refused
    raw = (value << 1) ^ (value >> 63)
    encoded = bytearray()
    while raw >= MORE:
        encoded.append(raw & 0x7F | MORE)
        raw >>= 7
    encoded.append(raw)
    return bytes(encoded)
