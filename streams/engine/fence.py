"""The fence: how far a stage partition has come, kept as one of its own rows. Knows no Kafka client and no store.

It is written in the same transaction as everything that follows from the records before it, so that whoever opens the
partition next, after whatever happened, goes on right behind it.
"""

import msgspec

FENCE_KEY = b"\x00fence"
"""The engine's own rows begin with a zero byte, which no row of a stage does."""


class Fence(msgspec.Struct, frozen=True):
    """How far a partition has come.

    Attributes:
        next: the next source offset.
        partitions: how many partitions the source of each stage had; they are part of the state.
        policy_next: the policy offset in force, exclusive.
        behind_ms: how far event time was behind the broker's when it last moved; None when it never moved. Ticks on a
            quiet partition keep this distance, so that a replay of an old file is not dated today.
        time_ms: event time reached, as far as the stage has one.
    """

    next: int = 0
    partitions: dict[str, int] = {}
    policy_next: int = 0
    behind_ms: int | None = None
    time_ms: int = 0

    def encode(self) -> bytes:
        """Return the row."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def decode(cls, row: bytes | None) -> "Fence":
        """Return the fence in a row; that of an untouched partition when there is none."""
        return cls() if row is None else msgspec.msgpack.decode(row, type=cls)
