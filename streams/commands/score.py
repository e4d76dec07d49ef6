"""``reprise score``: does a second text reword a first, for pairs in a file. Knows files and options, no model."""

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from streams.commands.reading import Line, Lines
from streams.commands.run import batches
from streams.commands.usage import UnusableError, progress, screen
from streams.commands.writing import created
from streams.detect.rephrase import RuleScorer
from streams.detect.scorer import Scorer
from streams.scoring import ScoreRequest, request_of, score_requests
from streams.tables import Cell, table

PairsFile = Annotated[str, typer.Argument(metavar="FILE", help="Pairs as JSON lines, also .gz; - is standard input.")]
ScoredFile = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the scored pairs go, in order.")]

USED = frozenset(ScoreRequest.__struct_fields__)


def score(file: PairsFile, out: ScoredFile) -> None:
    """Score pairs of texts: the probability that the second rewords the first.

    Each line holds `first` and `second`, and may hold `reply` (what was answered in between), `first_failed`,
    `gap_s`, `locale`, `same_question` and `barge_in`; null means unknown. It comes back with `rephrase`, the
    probability, and `is_rephrase`, the verdict. Other fields come back as they are.

    [bold]Example[/bold]

    echo '{"first":"play maroon five","reply":"sorry?","gap_s":8,"second":"play maroon 5"}' > pairs.jsonl

    reprise score pairs.jsonl --out scored.jsonl
    """
    scorer = RuleScorer()
    lines = Lines([file])
    pairs = rephrases = 0
    unused: set[str] = set()
    with created(out) as written, progress("scoring", lines.total_bytes) as show:
        for batch in batches(lines):
            given = [_object(line) for line in batch]
            unused.update(name for pair in given for name in pair.keys() - USED)
            scored = _scored(batch, given, scorer)
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


def _scored(batch: list[Line], given: list[dict[str, Any]], scorer: Scorer) -> list[dict[str, Any]]:
    wanted = [{name: pair[name] for name in pair if name in USED and pair[name] is not None} for pair in given]
    for line, request in zip(batch, wanted, strict=True):
        try:
            request_of(request)
        except ValueError as error:
            raise _unusable(line, error) from None
    return [{**pair, **scored} for pair, scored in zip(given, score_requests(wanted, scorer), strict=True)]


def _unusable(line: Line, error: Exception) -> UnusableError:
    return UnusableError(f"{line.file}, line {line.number}: {error}")
