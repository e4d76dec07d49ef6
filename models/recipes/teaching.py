"""The steps of the teacher: trained, or taken as it is, then asked about every window. Knows its face, not its inside.

The teacher learns from the bundled corpora alone, never from a user's labels: so it can be used again, and what is
measured on the user's own pairs stays honest. It is loaded only where it is wanted, for it needs much.
"""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import numpy as np

from models.measuring import Floats
from models.pairs import Example, Window
from models.recipes.context import Run, Watch
from models.recipes.data import Own, pairs_of, read_numbers, read_windows, write_numbers
from models.recipes.options import NO_TEACHER, Options
from models.recipes.steps import Code, Made, folder_digest

if TYPE_CHECKING:
    from models.teacher.model import Teacher

LIBRARIES: Final = ("torch", "transformers", "numpy")
TEACHER: Final = Code(("models.teacher", "models.features", "models.calibrating", "models.pairs"), LIBRARIES)
LABELS: Final = Code((*TEACHER.modules, "models.recipes.teaching"), LIBRARIES)

TEACHER_FOLDER: Final = "teacher"
CHECKPOINTS_FOLDER: Final = "checkpoints"
LABELS_FILE: Final = "labels.npy"
PART: Final = "part-"

WINDOWS_PER_FILE: Final = 500
"""Windows that a run cut short has at most to ask about again."""


class Teaching(NamedTuple):
    """A teacher at hand: its folder, a digest of it, and its name."""

    folder: Path
    digest: str
    name: str


def check(options: Options) -> None:
    """Refuse a teacher that is not there before hours of work.

    Raises:
        EncoderMissingError: there is neither such a teacher nor such an encoder.
    """
    if options.teacher == NO_TEACHER:
        return
    from models.teacher.encoders import find  # noqa: PLC0415 - see above
    from models.teacher.model import is_teacher  # noqa: PLC0415 - see above

    if not is_teacher(Path(options.teacher)):
        find(options.teacher)


def teacher(run: Run, windows: Made) -> Teaching | None:
    """Return the teacher, trained if it must be; None where none is wanted.

    Raises:
        ValueError: there is no such encoder, or the folder holds a broken teacher.
    """
    if run.options.teacher == NO_TEACHER:
        return None
    from models.teacher.model import is_teacher  # noqa: PLC0415 - see above

    given = Path(run.options.teacher)
    if is_teacher(given):
        return Teaching(given, folder_digest(given), _loaded(given).name)
    made = _trained(run, windows)
    return Teaching(made.folder / TEACHER_FOLDER, made.digest, _loaded(made.folder / TEACHER_FOLDER).name)


def _trained(run: Run, windows: Made) -> Made:
    from models.teacher.config import TeacherConfig  # noqa: PLC0415 - see above
    from models.teacher.encoders import find  # noqa: PLC0415 - see above
    from models.teacher.training import train  # noqa: PLC0415 - see above

    options = run.options
    config = TeacherConfig(encoder=options.teacher, seed=options.seed)
    if options.teacher_epochs:
        config = replace(config, epochs=options.teacher_epochs)

    def make(folder: Path) -> None:
        parts = (read_windows(windows.folder / f"{part}.jsonl") for part in ("train", "validation"))
        taught, judged = (part[: options.teacher_windows] for part in parts)
        checkpoints = folder / CHECKPOINTS_FOLDER
        made = train(taught, judged, config, checkpoints, partial(_tell, run.watch))
        made.save(folder / TEACHER_FOLDER)
        shutil.rmtree(checkpoints)  # only an unfinished run needs them

    made_from = {
        "windows": windows.digest,
        "count": options.teacher_windows,
        "config": {**config.to_json(), "encoder": folder_digest(find(options.teacher))},
    }
    return run.work.step("teacher", TEACHER, made_from, make)


def _tell(watch: Watch, done: int, steps: int, _: str) -> None:
    watch("training the teacher", done, steps)


def labels(run: Run, windows: Made, teaching: Teaching | None) -> Made | None:
    """Return what the teacher says of every pair to learn from, known labels mixed in; None without a teacher."""
    if teaching is None:
        return None
    options = run.options

    def make(folder: Path) -> None:
        known = _windows(options, windows)
        said = _asked(folder, _loaded(teaching.folder), [*_cut(known), *_cut(run.own.windows)], run.watch)
        truths = np.array([pair.label for pair in pairs_of(known)], np.float64)
        said[: len(truths)] += (1.0 - options.teacher_share) * (truths - said[: len(truths)])
        write_numbers(folder / LABELS_FILE, said)
        for path in folder.glob(f"{PART}*"):
            path.unlink()

    made_from = {
        "teacher": teaching.digest,
        "windows": windows.digest,
        "own": run.own.windows_digest(),
        "options": [options.teacher_share, options.limit_to],
    }
    return run.work.step("labels", LABELS, made_from, make)


def _asked(folder: Path, model: "Teacher", parts: Sequence[Sequence[Window]], watch: Watch) -> Floats:
    """Return what a teacher says of the pairs of all windows; what a run before asked is read from its files."""
    said = [np.zeros(0)]
    for place, part in enumerate(parts):
        watch("asking the teacher", place, len(parts))
        path = folder / f"{PART}{place:05}.npy"
        if not path.is_file():
            write_numbers(path, opinions(model, part))
        said.append(read_numbers(path))
    watch("asking the teacher", len(parts), len(parts))
    return np.concatenate(said)


def opinions(model: "Teacher", windows: Sequence[Window]) -> Floats:
    """Return the probability of each pair of some windows, in their order.

    The teacher reads the whole window, so that a turn which another one rewords better gets less.
    """
    chosen = model.choose(windows).astype(np.float64)
    rows = [row[1 : 1 + len(window.later)] for row, window in zip(chosen, windows, strict=True)]
    return np.concatenate([np.zeros(0), *rows])


def learned_from(options: Options, own: Own, windows: Made, made: Made | None) -> list[Example]:
    """Return the pairs to learn from, of the corpora and then of the user's logs, as the teacher labels them.

    Without a teacher they keep the labels that they were made with, and there are none from logs.
    """
    pairs = pairs_of((*_windows(options, windows), *own.windows))
    if made is None:
        return pairs
    said = read_numbers(made.folder / LABELS_FILE)
    return [msgspec.structs.replace(pair, label=float(label)) for pair, label in zip(pairs, said, strict=True)]


def _windows(options: Options, windows: Made) -> list[Window]:
    return read_windows(windows.folder / "train.jsonl") if options.learns_from_bundled else []


def _cut(windows: Sequence[Window]) -> list[Sequence[Window]]:
    return [windows[start : start + WINDOWS_PER_FILE] for start in range(0, len(windows), WINDOWS_PER_FILE)]


def _loaded(folder: Path) -> "Teacher":
    from models.teacher.model import Teacher  # noqa: PLC0415 - see above

    return Teacher.load(folder)
