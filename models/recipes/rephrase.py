"""How a rephrase model is made, from windows to a student's file with its card. Knows the order of steps.

windows -> teacher -> labels -> student -> measures -> student, card and result. Each is a step of
``models.recipes.steps``: done once, and again only when something that it depends on has changed.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from models.corpora import synthesis
from models.corpora.alone import neighbours, words_alone
from models.pairs import Example
from models.recipes import evaluating, finishing, teaching
from models.recipes.context import Model, Run, Watch
from models.recipes.data import Own, pairs_of, read_numbers, read_windows, write_numbers, write_windows
from models.recipes.evaluating import Scored
from models.recipes.options import Options
from models.recipes.own import check_own
from models.recipes.results import Compared, Measured, Result
from models.recipes.steps import Code, Made, fingerprint_of, working
from models.recipes.students import Lesson, held_out, trained
from models.student.model import Student

WORK_FOLDER: Final = "work"
SCORES_FILE: Final = "scores.npy"
THRESHOLDS_FILE: Final = "thresholds.npy"
MEASURED_FILE: Final = "measured.msgpack"

PART_SHARE: Final = 10
"""Windows to learn from, for each one to set the threshold on and each one to measure on."""

ALONE_PER_PAIR_MAX: Final = 2
"""Pairs of words alone for each pair of the windows at most: a miniature stays one."""

NAME_DIGITS: Final = 8
"""Digits of a digest that name a student whom nobody named."""

SHARED: Final = ("models.pairs", "models.recipes.data", "streams.text", "streams.likeness", "streams.phrases")
STUDENT_CODE: Final = ("models.student", "models.features", "models.calibrating", "models.recipes.students")
MEASURE_CODE: Final = ("models.measuring", "models.recipes.evaluating", "models.recipes.results")

WINDOWS: Final = Code(("models.corpora", *SHARED))
STUDENT: Final = Code((*STUDENT_CODE, "models.recipes.own", "models.corpora", *SHARED), ("torch", "numpy", "scipy"))
MEASURES: Final = Code((*STUDENT_CODE, *MEASURE_CODE, *SHARED), ("numpy", "scipy"))


class Finished(NamedTuple):
    """What a run came to, and where its student lies."""

    result: Result
    student_file: Path


class Taught(NamedTuple):
    """What a student learns from: windows of the corpora, and labels of the teacher if there is one."""

    windows: Made
    labels: Made | None

    @property
    def digest(self) -> str:
        """Return a digest of both."""
        return fingerprint_of([self.windows.digest, self.labels and self.labels.digest])


def run(
    folder: Path, options: Options, own: Own, *, watch: Watch, others: Sequence[Model] = (), command: str = ""
) -> Finished:
    """Make a student, and write it with its card and its result into a folder.

    Args:
        folder: where everything goes; steps of earlier runs in it are used as far as they fit.
        options: what was chosen.
        own: what the user brought.
        watch: told how far it is.
        others: other models to measure on the same pairs.
        command: what gives the same again, for the card.

    Raises:
        UnusableDataError: what the user brought cannot be used.
        EncoderMissingError: there is no such encoder.
        ModelFileError: a folder holds a broken teacher, or a file cannot be written.
        BusyError: another run works in the folder.
        OSError: something cannot be written.
    """
    check_own(own.labelled, options, has_turns=bool(own.windows))
    teaching.check(options)
    with working(folder / WORK_FOLDER) as work:
        this = Run(work, options, own, watch, tuple(others), command)
        windows = _windows(this)
        teacher = teaching.teacher(this, windows)
        taught = Taught(windows, teaching.labels(this, windows, teacher))
        this = _named(this, taught)
        made = _student(this, taught)
        student = Student.load(made.folder / finishing.STUDENT_FILE)
        steps = [_on_bundled(this, taught, made), *([_on_own(this, taught)] if own.labelled else [])]
        measured = tuple(_read(step) for step in steps)
        sources = finishing.sources(_learned(this, taught), own.labelled, _test(taught))
        result = finishing.result_of(this, student, sources, teacher.name if teacher else "", measured)
        finishing.write(folder, student, result)
    return Finished(result, folder / finishing.STUDENT_FILE)


def _named(this: Run, taught: Taught) -> Run:
    """Return the run with a name for its student."""
    if this.options.name:
        return this
    digest = fingerprint_of(_student_from(this, taught))
    return this._replace(options=msgspec.structs.replace(this.options, name=f"student-{digest[:NAME_DIGITS]}"))


def _windows(this: Run) -> Made:
    options = this.options
    few = max(1, options.windows // PART_SHARE)
    counts = {"train": options.windows, "validation": few, "test": few}

    def make(folder: Path) -> None:
        for place, (part, count) in enumerate(counts.items()):
            this.watch("making windows of turns", place, len(counts))
            write_windows(folder / f"{part}.jsonl", synthesis.windows(options.seed, count, part))
        this.watch("making windows of turns", len(counts), len(counts))

    return this.work.step("windows", WINDOWS, {"seed": options.seed, "counts": counts}, make)


def _student(this: Run, taught: Taught) -> Made:
    def make(folder: Path) -> None:
        student = trained(_lesson(this, taught), this.options, this.watch, "training the student")
        student.save(folder / finishing.STUDENT_FILE)

    return this.work.step("student", STUDENT, _student_from(this, taught), make)


def _on_bundled(this: Run, taught: Taught, made: Made) -> Made:
    """Measure on windows of the corpora whose requests nothing was learned from."""
    options = this.options
    about = "pairs made from requests of the bundled corpora that the model has not learned from"

    def make(folder: Path) -> None:
        student, pairs = Student.load(made.folder / finishing.STUDENT_FILE), _test(taught)
        scored = Scored(pairs, student.score(pairs), student.threshold)
        _measure(this, folder, "bundled", about, scored, texts=options.texts)

    return this.work.step("measured-on-bundled", MEASURES, _measures_from(this, made.digest, taught), make)


def _on_own(this: Run, taught: Taught) -> Made:
    """Measure on the user's own pairs, each by a student that learned from the sessions of other folds."""
    about = "your own labelled pairs, each scored by a model that learned from other sessions than its own"
    made_from = {**_student_from(this, taught), "folds": this.options.folds}

    def make_scores(folder: Path) -> None:
        scores, thresholds = held_out(_lesson(this, taught), this.options, this.watch)
        write_numbers(folder / SCORES_FILE, scores)
        write_numbers(folder / THRESHOLDS_FILE, thresholds)

    folds = this.work.step("folds", STUDENT, made_from, make_scores)

    def make(folder: Path) -> None:
        columns = (read_numbers(folds.folder / name) for name in (SCORES_FILE, THRESHOLDS_FILE))
        _measure(this, folder, "own", about, Scored(this.own.labelled, *columns), texts=this.options.texts)

    return this.work.step("measured-on-own", MEASURES, _measures_from(this, folds.digest, taught), make)


def _measure(this: Run, folder: Path, key: str, about: str, scored: Scored, *, texts: bool) -> None:
    draws, seed = this.options.draws, this.options.seed
    others = [_compared(this, other, scored.examples) for other in this.others]
    this.watch(f"measuring on {key} pairs", 0, 1)
    found = evaluating.measured(key, about, scored, others, draws=draws, seed=seed, texts=texts)
    this.watch(f"measuring on {key} pairs", 1, 1)
    (folder / MEASURED_FILE).write_bytes(msgspec.msgpack.encode(found))


def _compared(this: Run, other: Model, pairs: Sequence[Example]) -> Compared:
    scored = Scored(pairs, other.score(pairs), other.threshold)
    found = evaluating.slices(scored, draws=this.options.draws, seed=this.options.seed)
    return Compared(other.name, other.threshold, found)


def _read(step: Made) -> Measured:
    return msgspec.msgpack.decode((step.folder / MEASURED_FILE).read_bytes(), type=Measured)


def lesson(options: Options, learned: Sequence[Example], judged: Sequence[Example], own: Sequence[Example]) -> Lesson:
    """Return what a student learns from: the given pairs, and those of words alone where the corpora count."""
    if not options.learns_from_bundled:
        return Lesson(learned, judged, own)
    count_max = ALONE_PER_PAIR_MAX * len(learned)
    return Lesson(learned, judged, own, words_alone("train", count_max), neighbours(count_max))


def _learned(this: Run, taught: Taught) -> list[Example]:
    learned = _lesson(this, taught)
    return [*learned.learned, *learned.alone]


def _windows_learned(this: Run, taught: Taught) -> list[Example]:
    return teaching.learned_from(this.options, this.own, taught.windows, taught.labels)


def _lesson(this: Run, taught: Taught) -> Lesson:
    return lesson(this.options, _windows_learned(this, taught), _judged(this, taught), this.own.labelled)


def _judged(this: Run, taught: Taught) -> list[Example]:
    """Return labelled pairs of the corpora that nothing was learned from; none where only own pairs count."""
    if not this.options.learns_from_bundled:
        return []
    return pairs_of(read_windows(taught.windows.folder / "validation.jsonl"))


def _test(taught: Taught) -> list[Example]:
    return pairs_of(read_windows(taught.windows.folder / "test.jsonl"))


def _student_from(this: Run, taught: Taught) -> dict[str, object]:
    options = this.options
    return {
        "taught": taught.digest,
        "labelled": this.own.labelled_digest(),
        "turns": this.own.windows_digest(),
        "options": [options.name, options.seed, options.limit_to, options.own_share, options.epochs, options.buckets],
    }


def _measures_from(this: Run, scores: str, taught: Taught) -> dict[str, object]:
    options = this.options
    return {
        "scores": scores,
        "windows": taught.windows.digest,
        "labelled": this.own.labelled_digest(),
        "others": [[other.name, other.threshold] for other in this.others],
        "options": [options.seed, options.draws, options.texts],
    }
