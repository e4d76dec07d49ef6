"""Where a worker's Python time goes, from samples of its stacks taken by py-spy. Knows only how stacks are named.

Only threads that hold the interpreter count: what Kafka's client and RocksDB do beside is not in it.
"""

import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Final, Self

SAMPLES_PER_S: Final = 100

PLACES: Final = (
    ("streams/observing/", "metrics"),
    ("streams/engine/telling.py", "metrics"),
    ("streams/engine/seeing.py", "metrics"),
    ("streams/learn/holdings.py", "metrics"),
    ("observe (streams/stage.py", "metrics"),
    ("caused (streams/stage.py", "metrics"),
    ("prometheus_client/", "metrics"),
    ("schemas/", "decode"),
    ("streams/detect/", "detect"),
    ("streams/text.py", "detect"),
    ("streams/words/", "detect"),
    ("rapidfuzz", "detect"),
    ("streams/learn/", "learn"),
    ("streams/topology.py", "pack"),
    ("streams/engine/store.py", "store"),
    ("changes (streams/engine/rows.py", "changes"),
    ("streams/engine/rows.py", "rows"),
    ("streams/engine/cache.py", "rows"),
    ("streams/engine/floors.py", "rows"),
    ("records_of (streams/engine/wire.py", "records"),
    ("streams/engine/wire.py", "encode"),
    ("_produce (streams/engine/owner.py", "produce"),
    ("_end_transaction (streams/engine/owner.py", "commit"),
    ("streams/engine/owner.py", "owner, other"),
    ("streams/engine/partitions.py", "partitions"),
    ("streams/engine/transport.py", "intake"),
    ("aiokafka/", "intake"),
    ("faust/", "Faust"),
    ("mode/", "Faust"),
    ("asyncio/", "event loop"),
)
"""What a frame belongs to; the innermost frame that belongs to anything counts, and these are tried in order."""

OTHER: Final = "other"


class Profile:
    """Samples a process while the block runs.

    Args:
        pid: the process.
        file: where the stacks go, one a line with their count, as flame graph tools read them; None takes none.
    """

    def __init__(self, pid: int, file: Path | None) -> None:
        self._pid = pid
        self._file = file
        self._sampler: subprocess.Popen[bytes] | None = None

    def parts(self) -> dict[str, float]:
        """Return the share of the samples by what they belong to, the largest first."""
        if self._file is None:
            return {}
        counts: Counter[str] = Counter()
        for line in self._file.read_text().splitlines():
            stack, _, count = line.rpartition(" ")
            counts[part_of(stack.split(";"))] += int(count)
        total = counts.total() or 1
        return {part: count / total for part, count in counts.most_common()}

    def __enter__(self) -> Self:
        if self._file is not None:
            program = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or "py-spy"
            command = [program, "record", "--pid", str(self._pid), "--format", "raw", "--full-filenames"]
            command += [
                "--rate",
                str(SAMPLES_PER_S),
                "--gil",
                "--threads",
                "--output",
                str(self._file),
                "--duration",
                "3600",
            ]
            self._said = tempfile.TemporaryFile()
            self._sampler = subprocess.Popen(command, stdout=self._said, stderr=self._said)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._sampler is not None:
            self._sampler.send_signal(signal.SIGINT)
            self._sampler.wait(60)


def part_of(stack: list[str]) -> str:
    """Return what a stack belongs to.

    Args:
        stack: frames from the outermost on, each ``function (file:line)``.
    """
    short = [frame.replace("/site-packages/", "/").replace(str(Path.cwd()) + "/", "") for frame in stack]
    for frame in reversed(short):
        for place, part in PLACES:
            if place in frame:
                encodes = part == "decode" and any("messages_of" in each for each in short)
                return "encode" if encodes else part
    return OTHER
