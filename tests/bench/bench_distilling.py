"""Compares ways to make a teacher smaller: what each still finds, and what a pair costs.

Run ``python -m tests.bench.bench_distilling [--teacher FOLDER] [--windows N] [--epochs N]``. Without a teacher's folder
one is trained first, with the first of the windows. A two-layer encoder learns twice from the same teacher, windows
and number of steps: for half of the steps from the inside (each layer from a layer) and then from the output, or from
the output all the time. The student on features learns from the teacher's opinion of every pair of the same windows.
Judged are pairs of windows of other requests. Intervals draw whole groups of requests; times are processor time, one
pair at a time, on one thread.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Final

import numpy as np
from rich.progress import Progress

from models.corpora.synthesis import windows
from models.distilling import softened
from models.encoder_student.config import ShortConfig
from models.encoder_student.training import shorten
from models.measuring import average_precision, intervals
from models.pairs import Example, Window
from models.recipes.data import pairs_of
from models.student.config import StudentConfig
from models.student.training import student_of
from models.student.training import train as train_student
from models.teacher.config import TeacherConfig
from models.teacher.model import Teacher
from models.teacher.training import OnProgress, train
from streams.detect.rephrase import RuleScorer
from streams.detect.scorer import Scorer
from streams.tables import Cell, table
from tests.bench.printing import both, screen
from tests.bench.scorers import scores_of

SEED: Final = 1
TIMED: Final = 60
"""Pairs whose time is taken, one by one; the median counts."""

DRAWS: Final = 300
INTERNAL_SHARE: Final = 0.5
TEACHER_SHARE: Final = 0.5
"""How much of the feature student's labels is the teacher's."""

COLUMNS: Final = ("model", "AP on pairs", "95 %", "right turn or none", "microseconds a pair")


def right_share(scorer: Scorer, judged: Sequence[Window]) -> Cell:
    """Return the share of windows for which a model that sees them whole chooses rightly, "" for others."""
    if not isinstance(scorer, Teacher):
        return ""
    answers = np.array([1 + (-1 if window.answer is None else window.answer) for window in judged])
    return float((scorer.choose(judged).argmax(axis=1) == answers).mean())


def microseconds(scorer: Scorer, pairs: Sequence[Example]) -> float:
    """Return the median processor time of a pair that is scored alone."""
    times = []
    for pair in pairs:
        started = process_time()
        scores_of(scorer, [pair])
        times.append(process_time() - started)
    return median(times) * 1e6


def row_of(name: str, scorer: Scorer, judged: Sequence[Window]) -> list[Cell]:
    """Return what the table says of a model."""
    pairs = pairs_of(judged)
    labels = [pair.label for pair in pairs]
    found = intervals(average_precision, labels, scores_of(scorer, pairs), [pair.group for pair in pairs], draws=DRAWS)
    return [name, *both(found), right_share(scorer, judged), microseconds(scorer, pairs[:TIMED])]


def made(options: argparse.Namespace, work: Path, bar: Progress) -> dict[str, Scorer]:
    """Return every model to compare, by what it is called."""
    taught, judged = windows(SEED, options.windows, "train"), windows(SEED, options.validation, "validation")
    config = TeacherConfig(encoder=options.encoder, epochs=options.epochs, threads=options.threads)
    if options.teacher is None:
        whole = train(taught, judged, config, work / "teacher", watching(bar, "teacher"))
    else:
        whole = Teacher.load(options.teacher)
    found: dict[str, Scorer] = {"rules": RuleScorer(), "teacher": whole}
    for name, share in (("2 layers, from the inside", INTERNAL_SHARE), ("2 layers, from the output", 0.0)):
        short = ShortConfig(layers=options.layers, epochs=options.epochs, internal_share=share, seed=SEED)
        found[name] = shorten(whole, taught, judged, short, work / name, on_progress=watching(bar, name))
    pairs, known = pairs_of(taught), pairs_of(judged)
    alone = train_student(pairs, StudentConfig())
    found["student on features, labels alone"] = student_of(alone, known, "student", {})
    told = train_student(softened(pairs, whole, TEACHER_SHARE), StudentConfig())
    found["student on features, taught"] = student_of(told, known, "student", {})
    return found


def watching(bar: Progress, name: str) -> OnProgress:
    """Return what tells a bar how far a training run is."""
    task = bar.add_task(name)

    def told(done: int, total: int, message: str) -> None:
        bar.update(task, completed=done, total=total, description=f"{name}: {message}")

    return told


def main() -> None:
    """Make every model and print the table."""
    parser = argparse.ArgumentParser(prog="bench_distilling", description=__doc__)
    parser.add_argument("--teacher", type=Path, metavar="FOLDER", help="of a trained one; otherwise one is trained")
    parser.add_argument("--encoder", default="minilm", help="of the teacher that is trained")
    parser.add_argument("--windows", type=int, default=3_000, help="to learn from")
    parser.add_argument("--validation", type=int, default=400, help="windows to choose the best epoch and calibrate on")
    parser.add_argument("--judged", type=int, default=500, help="windows of yet other requests to compare on")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--layers", type=int, nargs="+", default=(2, 5), help="of the teacher, from 0, that are kept")
    parser.add_argument("--threads", type=int, default=1, choices=(1, 2), help="while training")
    options = parser.parse_args()
    options.layers = tuple(options.layers)
    console = screen()
    with TemporaryDirectory() as work, Progress(console=console, transient=True) as bar:
        found = made(options, Path(work), bar)
        judged = windows(SEED, options.judged, "test")
        rows = [row_of(name, scorer, judged) for name, scorer in found.items()]
    title = f"{options.windows} windows, {options.epochs} epochs; judged on {options.judged} windows of other requests"
    console.print(table(title, COLUMNS, rows))


if __name__ == "__main__":
    main()
