"""What a worker that has ended kept on its disk, to be looked at elsewhere. Knows no Kafka and changes nothing."""

from collections.abc import Iterator
from typing import Final

import msgspec

from streams.engine.cache import to_text
from streams.engine.owner import Part
from streams.engine.store import Store
from streams.settings import WorkerSettings
from streams.stage import Row

ROWS_AT_ONCE: Final = 4_096

FIRST_ROW: Final = b"\x01"
"""Rows of the engine itself begin with a zero byte, which no row of a stage does."""

AFTER_ALL: Final = b"\xff"
"""No key begins with this byte: keys are UTF-8."""


def kept_rows(settings: WorkerSettings, part: Part) -> Iterator[tuple[str, Row]]:
    """Yield the rows of one partition of a stage in the order of their keys.

    Args:
        settings: those of the worker, which has ended.
        part: which partition of which stage.

    Raises:
        StoreError: a worker still runs there, or the store is damaged.
    """
    decoders = {kind: msgspec.msgpack.Decoder(row) for kind, row in part.stage.rows.items()}
    start = FIRST_ROW
    with Store(settings.member_dir / part.name) as store:
        while found := store.scan(start, AFTER_ALL, ROWS_AT_ONCE):
            for key, row in found:
                name = to_text(key)
                yield name, decoders[name.partition("|")[0]].decode(row)
            start = found[-1][0] + b"\x00"
