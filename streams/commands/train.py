"""``reprise train``: makes models from corpora and from a user's own data. Knows files and options, no step."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from models.model_files import ModelFileError
from models.pairs import Example
from models.recipes.data import Own, UnusableDataError
from models.recipes.options import Options
from models.recipes.own import check_own
from models.recipes.results import Result
from models.recipes.steps import BusyError
from models.student.model import NAME_LENGTH_MAX
from streams.commands.own_data import own_pairs, own_windows
from streams.commands.training_tables import measure_tables, summary_table
from streams.commands.usage import UnusableError, progresses, screen
from streams.detect.rephrase import RuleScorer

if TYPE_CHECKING:
    from models.recipes.rephrase import Finished

DEFAULTS: Final = Options()
REPORT_FILE: Final = "report.html"

OPTION_FIELDS: Final = {
    "--windows": "windows",
    "--seed": "seed",
    "--name": "name",
    "--share-of-teacher": "teacher_share",
    "--share-of-own": "own_share",
    "--limit-to": "limit_to",
    "--folds": "folds",
    "--epochs": "epochs",
    "--teacher-windows": "teacher_windows",
    "--teacher-epochs": "teacher_epochs",
    "--word-buckets": "buckets",
    "--membership-auc": "membership_auc",
}
"""Options of the command whose default need not be repeated."""

train = typer.Typer(no_args_is_help=True, help="Make models, from bundled corpora and from data of your own.")

LABELLED_HELP = (
    "Your own pairs as `reprise score` takes them, with `label` 0 or 1 and, if you can, `session`; may be given again."
)
TURNS_HELP = "Your own turn events, not labelled: the teacher labels them; may be given again."
TEACHER_HELP = "minilm, none, the folder of an encoder or of a trained teacher, or a name on the Hugging Face hub."
LIMIT_HELP = "Whether to learn from the bundled corpora too."

OutFolder = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the model; made if missing.")]
LabelledFiles = Annotated[list[str], typer.Option("--labelled", metavar="FILE", help=LABELLED_HELP, show_default=False)]
TurnFiles = Annotated[list[str], typer.Option("--turns", metavar="FILE", help=TURNS_HELP, show_default=False)]
TeacherChoice = Annotated[str, typer.Option("--teacher", metavar="WHICH", help=TEACHER_HELP)]
Windows = Annotated[int, typer.Option("--windows", min=100, max=10_000_000, help="Windows made from the corpora.")]
TurnWindows = Annotated[
    int, typer.Option("--turn-windows", min=1, max=10_000_000, help="Windows taken from turn events, at most.")
]
Seed = Annotated[int, typer.Option("--seed", help="The same seed and data give the same bytes.")]
Name = Annotated[
    str,
    typer.Option(
        "--name",
        help="Name and version of the model, written on all that it says; without one, a digest of what it is made of.",
    ),
]
TeacherShare = Annotated[
    float, typer.Option("--share-of-teacher", min=0.0, max=1.0, help="How much of a known label is the teacher's.")
]
OwnShare = Annotated[
    float, typer.Option("--share-of-own", min=0.01, max=0.99, help="How much of the weight your labelled pairs have.")
]
Limit = Annotated[Literal["own", "bundled+own"], typer.Option("--limit-to", help=LIMIT_HELP)]
Folds = Annotated[int, typer.Option("--folds", min=2, max=50, help="Parts of your sessions, to measure on each.")]
Epochs = Annotated[int, typer.Option("--epochs", min=1, max=10_000, help="Times the student learns from each pair.")]
TeacherWindows = Annotated[
    int, typer.Option("--teacher-windows", min=100, max=10_000_000, help="Windows that a new teacher learns from.")
]
TeacherEpochs = Annotated[
    int, typer.Option("--teacher-epochs", min=0, max=1_000, help="Times it does; 0 is the teacher's default.")
]
WordBuckets = Annotated[
    int,
    typer.Option(
        "--word-buckets", min=0, max=1_048_576, help="Hashed words beside the features; they betray what was learned."
    ),
]
NoTexts = Annotated[bool, typer.Option("--no-texts", help="Leave the texts of pairs out of the report.")]
MembershipAuc = Annotated[
    float | None,
    typer.Option(
        "--membership-auc", min=0.0, max=1.0, help="What an attack on it found, for the card.", show_default=False
    ),
]


@train.callback()
def _group() -> None:
    """Keep the group a group: with a single command typer would drop its name."""


@train.command()
def rephrase(
    out: OutFolder,
    labelled: LabelledFiles = [],  # noqa: B006 - typer copies it
    turns: TurnFiles = [],  # noqa: B006 - typer copies it
    teacher: TeacherChoice = DEFAULTS.teacher,
    windows: Windows = DEFAULTS.windows,
    turn_windows: TurnWindows = 20_000,
    seed: Seed = DEFAULTS.seed,
    name: Name = DEFAULTS.name,
    teacher_share: TeacherShare = DEFAULTS.teacher_share,
    own_share: OwnShare = DEFAULTS.own_share,
    limit_to: Limit = DEFAULTS.limit_to,
    folds: Folds = DEFAULTS.folds,
    epochs: Epochs = DEFAULTS.epochs,
    teacher_windows: TeacherWindows = DEFAULTS.teacher_windows,
    teacher_epochs: TeacherEpochs = DEFAULTS.teacher_epochs,
    word_buckets: WordBuckets = DEFAULTS.buckets,
    no_texts: NoTexts = False,
    membership_auc: MembershipAuc = None,
) -> None:
    """Train the model that tells rewordings from new requests.

    Makes windows of turns from the bundled corpora, trains a teacher that reads whole windows, lets it label what a
    small student then learns from, and measures the student. Writes student.safetensors, card.md, report.html and
    result.json to DIR. DIR/work holds finished steps: a run that was cut short goes on there.

    With pairs of your own, the student learns from them too and is measured on them by sessions held out, so that the
    numbers are honest for your assistant. They stay in DIR: report.html shows the worst mistakes word for word, unless
    you say --no-texts, and DIR/work holds what the steps need.

    [bold]Examples[/bold]

    reprise train rephrase --out out/student

    reprise train rephrase --out out/own --labelled pairs.jsonl --name student-own-1

    reprise train rephrase --out out/own --turns monday.jsonl.gz --teacher out/student/work/teacher/teacher

    reprise score pairs.jsonl --model out/own/student.safetensors --out scored.jsonl
    """
    options = Options(
        name=_checked_name(name),
        seed=seed,
        windows=windows,
        limit_to=limit_to,
        teacher=teacher,
        teacher_share=teacher_share,
        own_share=own_share,
        folds=folds,
        epochs=epochs,
        buckets=word_buckets,
        teacher_windows=teacher_windows,
        teacher_epochs=teacher_epochs,
        texts=not no_texts,
        membership_auc=membership_auc,
    )
    pairs = tuple(own_pairs(labelled))
    _check(pairs, options, has_turns=bool(turns))
    own = Own(pairs, tuple(own_windows(turns, turn_windows, seed)))
    begun = perf_counter()
    done = _trained(out, options, own, _command(out, labelled, turns, turn_windows, options))
    report = out / REPORT_FILE
    _report(done.result, report)
    console = screen()
    for table in measure_tables(done.result):
        console.print(table)
    console.print(summary_table(done.result, done.student_file, perf_counter() - begun))
    console.print(f"{done.student_file} is the model; {report} shows how good it is.", markup=False, soft_wrap=True)


def _check(pairs: Sequence[Example], options: Options, *, has_turns: bool) -> None:
    """Refuse before anything large is read or loaded."""
    try:
        check_own(pairs, options, has_turns=has_turns)
    except UnusableDataError as error:
        raise UnusableError(str(error)) from None


def _report(result: Result, path: Path) -> None:
    from streams.rephrasing.report import write_report  # noqa: PLC0415 - loads the plot library

    write_report(result, path)


def _trained(out: Path, options: Options, own: Own, command: str) -> "Finished":
    try:
        from models.recipes import rephrase as recipe  # noqa: PLC0415 - loads torch, which other commands do without
        from models.teacher.encoders import EncoderMissingError  # noqa: PLC0415 - as above
    except ImportError as error:
        message = f"training needs {error.name or 'torch'}: pip install 'reprise[models]'"
        raise UnusableError(message) from None
    try:
        with progresses() as watch:
            return recipe.run(out, options, own, watch=watch, others=[RuleScorer()], command=command)
    except (UnusableDataError, ModelFileError, BusyError, EncoderMissingError) as error:
        raise UnusableError(str(error)) from None
    except OSError as error:
        message = f"{out}: cannot be written: {error.strerror or error}"
        raise UnusableError(message) from None


def _command(out: Path, labelled: Sequence[str], turns: Sequence[str], turn_windows: int, options: Options) -> str:
    """Return the command that gives the same again; of paths only the last part, as the card may be shown to others."""
    words = ["reprise", "train", "rephrase", "--out", out.name or "."]
    words += [word for file in labelled for word in ("--labelled", Path(file).name)]
    words += [word for file in turns for word in ("--turns", Path(file).name)]
    words += ["--turn-windows", str(turn_windows)] if turns else []
    words += ["--teacher", Path(options.teacher).name if Path(options.teacher).is_dir() else options.teacher]
    for option, field in OPTION_FIELDS.items():
        if getattr(options, field) != getattr(DEFAULTS, field):
            words += [option, str(getattr(options, field))]
    return shlex.join([*words, *([] if options.texts else ["--no-texts"])])


def _checked_name(name: str) -> str:
    if len(name) > NAME_LENGTH_MAX or not name.isprintable():
        message = f"--name may have up to {NAME_LENGTH_MAX} printable characters: it is written on every feedback"
        raise UnusableError(message)
    return name
