"""Measures the pipeline inside a process of its own, and prints JSON for ``bench_driver``. Knows no table.

``python -m tests.bench.measure speed TURNS [PROFILE]`` or ``... memory FILE LINES``. Times are processor time, so that
what else the machine does counts little; the processes have one thread for linear algebra, as ``child`` sees to.
"""

import cProfile
import gc
import os
import pstats
import resource
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any, Final

import msgspec

from schemas.codec import DETECT_FIELDS, encode_avro, project
from schemas.records import Trail, TurnEvent
from streams import topology
from streams.commands.run import batches
from streams.detect.rephrase import RuleScorer
from streams.detect.scorer import Scorer
from streams.detect.step import drain, partition_time
from streams.driver import Driver
from streams.memory import MemoryRows
from streams.settings import Settings
from streams.simulate.traffic import simulate
from streams.stage import Context, Output, Record

REPETITIONS: Final = 3
LOOP_INSERTS: Final = 1_000
LOOP_RUNS: Final = 300
USERS: Final = 2_000
SEED: Final = 1
PROFILE_LINES: Final = 30
MIB: Final = 1 << 20


class Cost(msgspec.Struct, frozen=True):
    """Processor microseconds a turn: the best and the median repetition."""

    best_us: float
    median_us: float


class Speed(msgspec.Struct, frozen=True):
    """What a turn costs, by part of the pipeline, and what the calibrating loop costs on this machine."""

    turns: int
    loop_us: float
    parts: dict[str, Cost]


class Memory(msgspec.Struct, frozen=True):
    """What some lines cost: processor time, the peak of memory above an empty process, and what was left in the end."""

    turns: int
    seconds: float
    peak_mib: float
    left_mib: float
    learn_rows: int
    detect_rows: int


def child(*arguments: str, module: str = "tests.bench.measure") -> bytes:
    """Run a module in a process of its own, on one thread, with the same hashes each time; return what it prints."""
    settings = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, env=os.environ | settings, stdout=subprocess.PIPE, check=True).stdout


# -- speed ---------------------------------------------------------------------------------------------------------


def loop() -> None:
    """Insert a thousand numbers into a dictionary: what other times are compared with."""
    numbers: dict[int, int] = {}
    for number in range(LOOP_INSERTS):
        numbers[number] = number  # noqa: PERF403 - the insert itself is what is timed


def loop_us() -> float:
    """Return the shortest time of the calibrating loop in microseconds."""
    best = float("inf")
    for _ in range(LOOP_RUNS):
        started = process_time()
        loop()
        best = min(best, process_time() - started)
    return best * 1e6


def speed(turns: int) -> Speed:
    """Measure decoding, each stage alone and the whole driver on the same traffic, one after the other, three times."""
    values = traffic(turns)
    decode = project(TurnEvent, DETECT_FIELDS)
    events = [decode(value) for value in values]
    trails = detected(events)
    parts: dict[str, Callable[[], object]] = {
        "decode Avro (projection)": lambda: [decode(value) for value in values],
        "detect alone": partial(detected, events),
        "learn alone": partial(learned, trails),
        "whole driver": partial(drive, values, decode),
    }
    for warmed in parts.values():
        warmed()
    loops = [loop_us()]
    times: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(REPETITIONS):
        for name, part in parts.items():
            times[name].append(microseconds(part) / len(values))
        loops.append(loop_us())
    return Speed(len(values), min(loops), {name: Cost(min(each), median(each)) for name, each in times.items()})


def traffic(turns: int) -> list[bytes]:
    """Return simulated traffic in Avro."""
    return [encode_avro(event) for event in simulate(turns, USERS, SEED)]


def detected(events: Iterable[TurnEvent]) -> list[list[Output]]:
    """Run detect alone; return what learn would get, batch by batch."""
    rows, context = MemoryRows(), _context("turns", RuleScorer())
    packed, offset = [], 0
    for batch in batches(events):
        records = _records(batch, offset)
        offset += len(batch)
        flush = topology.DETECT.step(rows, records, context)
        packed.append(_packed(flush.outputs, partition_time(rows)))
    end = drain(rows, context).outputs
    settled = [output.value.settled_at for output in end if isinstance(output.value, Trail)]
    return [*packed, _packed(end, max([*settled, partition_time(rows)]))]


def learned(packed: Iterable[list[Output]]) -> int:
    """Run learn alone on what detect gave; return how many rewrites and decisions it sent."""
    rows, context = MemoryRows(), _context("trails", None)
    sent = offset = 0
    for outputs in packed:
        records = _records([output.value for output in outputs], offset)
        offset += len(records)
        sent += len(topology.LEARN.step(rows, records, context).outputs)
    return sent


def drive(values: Iterable[bytes], decode: Callable[[bytes], Any], scorer: Scorer | None = None) -> Driver:
    """Run the whole driver."""
    driver = Driver(scorer=scorer, decode=decode)
    for batch in batches(values):
        driver.feed_lines(batch)
    driver.finish()
    return driver


def microseconds(action: Callable[[], object]) -> float:
    """Return the processor time of an action in microseconds; what was there before it is kept from the collector."""
    with _frozen():
        started = process_time()
        action()
        return (process_time() - started) * 1e6


def profiled(turns: int, path: Path) -> None:
    """Write where the whole driver spends its time."""
    values, decode = traffic(turns), project(TurnEvent, DETECT_FIELDS)
    profile = cProfile.Profile()
    profile.runcall(drive, values, decode)
    with path.open("w", encoding="utf-8") as file:
        pstats.Stats(profile, stream=file).sort_stats("tottime").print_stats(PROFILE_LINES)


def _packed(outputs: Iterable[Output], time: int) -> list[Output]:
    trails = (output for output in outputs if output.topic == "trails")
    return [*topology.pack_trails(trails, 0, time), topology.tick(0, time)]


def _records(values: Iterable[Any], offset: int) -> list[Record]:
    return [Record(offset + index, value) for index, value in enumerate(values)]


def _context(topic: str, scorer: RuleScorer | None) -> Context:
    return Context(Settings(), _as_it_is, topic, scorer=scorer)


def _as_it_is(value: Any) -> Any:
    return value


@contextmanager
def _frozen() -> Iterator[None]:
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


# -- memory --------------------------------------------------------------------------------------------------------


def memory(path: Path, lines: int) -> Memory:
    """Feed the first lines of a file to a driver, a batch at a time, and compare memory before and after."""
    gc.collect()
    before, driver = resident_bytes(), Driver()
    started = process_time()
    with path.open("rb") as file:
        for batch in batches(islice(file, lines)):
            driver.feed_lines(batch)
    driver.finish()
    seconds = process_time() - started
    gc.collect()
    return Memory(
        turns=int(driver.facts["turns"]),
        seconds=seconds,
        peak_mib=(peak_bytes() - before) / MIB,
        left_mib=(resident_bytes() - before) / MIB,
        learn_rows=len(driver.rows["learn"].rows),
        detect_rows=len(driver.rows["detect"].rows),
    )


def resident_bytes() -> int:
    """Return the memory this process holds now."""
    return _status("VmRSS") or _peak_by_usage()


def peak_bytes() -> int:
    """Return the most memory this process ever held."""
    return _status("VmHWM") or _peak_by_usage()


def _status(name: str) -> int:
    """Return a line of Linux's own account of this process; 0 elsewhere.

    ``getrusage`` would do, but there a child process starts with the peak of its parent.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:")), 0)


def _peak_by_usage() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def main(what: str, *arguments: str) -> None:
    """Measure what is asked for and print it."""
    if what == "memory":
        result: Speed | Memory = memory(Path(arguments[0]), int(arguments[1]))
    else:
        result = speed(int(arguments[0]))
        if len(arguments) > 1:
            profiled(int(arguments[0]), Path(arguments[1]))
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
