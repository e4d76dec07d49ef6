"""``reprise score``: does a second text reword a first, for pairs in a file. Knows files and options, no model."""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import typer

from streams.commands.reading import Line, Lines
from streams.commands.run import batches
from streams.commands.usage import UnusableError, progress, screen
from streams.commands.writing import created
from streams.detect.scorer import Scorer
from streams.rephrasing.levels import threshold_at
from streams.rephrasing.naming import model_named
from streams.rephrasing.settings import DEFAULT_MODEL
from streams.scoring import ScoreRequest, ThresholdIn, request_of, score_requests
from streams.tables import Cell, table

PairsFile = Annotated[str, typer.Argument(metavar="FILE", help="Pairs as JSON lines, also .gz; - is standard input.")]
ScoredFile = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the scored pairs go, in order.")]

MODEL_HELP = "`shipped`, `rules`, a student's file or a teacher's folder."
FALSE_ALARMS_HELP = (
    "Give the verdict where this share of pairs that are no rephrases is taken for one, in the language of each pair; "
    "0: at the model's own threshold."
)

Model = Annotated[str, typer.Option("--model", metavar="MODEL", help=MODEL_HELP)]
Precision = Annotated[Literal["int8", "float32"], typer.Option("--precision", help="What a student computes in.")]
FalseAlarms = Annotated[
    float, typer.Option("--false-alarms", metavar="SHARE", min=0.0, max=1.0, help=FALSE_ALARMS_HELP)
]

USED = frozenset(ScoreRequest.__struct_fields__)


def score(
    file: PairsFile,
    out: ScoredFile,
    model: Model = DEFAULT_MODEL,
    precision: Precision = "int8",
    false_alarms: FalseAlarms = 0.0,
) -> None:
    """Score pairs of texts: the probability that the second rewords the first.

    Each line holds `first` and `second`, and may hold `reply` (what was answered in between), `first_failed`,
    `gap_s`, `locale`, `same_question` and `barge_in`; null means unknown. It comes back with `rephrase`, the
    probability, and `is_rephrase`, the verdict. Other fields come back as they are.

    [bold]Example[/bold]

    echo '{"first":"play maroon five","reply":"sorry?","gap_s":8,"second":"play maroon 5"}' > pairs.jsonl

    reprise score pairs.jsonl --out scored.jsonl

    reprise score pairs.jsonl --out scored.jsonl --model own.safetensors --false-alarms 0.05
    """
    scorer = model_named(model, precision, "--model")
    threshold_in = threshold_at(scorer, false_alarms) if false_alarms else None
    lines = Lines([file])
    pairs = rephrases = 0
    unused: set[str] = set()
    with created(out) as written, progress("scoring", lines.total_bytes) as show:
        for batch in batches(lines):
            given = [_object(line) for line in batch]
            unused.update(name for pair in given for name in pair.keys() - USED)
            scored = _scored(batch, given, scorer, threshold_in)
            written.writelines(msgspec.json.encode(pair) + b"\n" for pair in scored)
            pairs += len(scored)
            rephrases += sum(pair["is_rephrase"] for pair in scored)
            show(lines.done_bytes)
    if not pairs:
        message = f"{file}: holds no pair"
        raise UnusableError(message)
    if unused:
        print(f"reprise: not used: {', '.join(sorted(unused))}", file=sys.stderr)  # noqa: T201 - a note, not a result
    rows: list[tuple[Cell, ...]] = [("pairs", pairs), ("of these rephrases", rephrases), ("model", scorer.name)]
    screen().print(table("Scored", ("what", "how many"), rows))


def _object(line: Line) -> dict[str, Any]:
    try:
        return msgspec.json.decode(line.value, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unusable(line, error) from None


def _scored(
    batch: list[Line], given: list[dict[str, Any]], scorer: Scorer, threshold_in: ThresholdIn | None
) -> list[dict[str, Any]]:
    wanted = [{name: pair[name] for name in pair if name in USED and pair[name] is not None} for pair in given]
    for line, request in zip(batch, wanted, strict=True):
        try:
            request_of(request)
        except ValueError as error:
            raise _unusable(line, error) from None
    answers = score_requests(wanted, scorer, threshold_in)
    return [{**pair, **scored} for pair, scored in zip(given, answers, strict=True)]


def _unusable(line: Line, error: Exception) -> UnusableError:
    return UnusableError(f"{line.file}, line {line.number}: {error}")
