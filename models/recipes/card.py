"""The model card of a student: what it is for, what it was made from, how good it is, where it ends. Knows a result.

The headings follow Mitchell et al., "Model Cards for Model Reporting", FAT* 2019.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from typing import Final

from models.recipes.results import Compared, Measured, Result, Slice, spread

KINDS: Final = ("all", "reply", "locale", "corpus")

USE: Final = """\
It says how likely it is that the second of two things a person told a voice assistant rewords the first because the
first went wrong. It reads the two texts, the reply in between, and what happened: whether the reply owned up to a
failure, the pause, the question that was open, an interruption.

It was made for streams that learn which wordings an assistant fails on, from many people at once, where a wrong verdict
here and there is outvoted. It is not for judging a person, not for deciding anything about one user from one pair, and
not for texts that nobody spoke or typed to an assistant.
"""

LIMITS: Final = """\
* Where the first request was carried out and was still not what the person meant, little in the words or in the reply
  says so. Look at that row of the table before you trust the model there.
* Windows are made from real requests and real misrecognitions, but people's reactions in them are drawn from published
  shares. Your assistant's replies, your pauses and your users differ: label some pairs and train on them.
* Languages without a row of their own were hardly measured, or not at all.
* It compares words, not meanings. Two wordings without a common word look like two requests unless something else
  tells.
"""

NO_ATTACK: Final = """\
Nobody attacked this very model. As it looks at features of a pair, not at its words, it can hardly tell what it was
trained on; with hashed words beside the features (`--word-buckets`) it can.
"""

WORDS_INSIDE: Final = """\
This model was trained with hashed words beside the features. Somebody who holds its file can find out for many texts
whether they were trained on: treat the file like the texts.
"""


def card(result: Result) -> str:
    """Return the card as Markdown."""
    sections = (
        ("Use", USE),
        ("Data", _data(result)),
        ("Measures", "\n".join(_measures(result))),
        ("Privacy", _privacy(result)),
        ("Limits", LIMITS),
        ("The same again", _again(result)),
    )
    head = f"# {result.name}\n\nA rephrase model for Reprise {result.version}. "
    taught = f"Taught by {result.teacher}." if result.teacher else "Learned from labels, without a teacher."
    body = "\n".join(f"## {title}\n\n{text.strip()}\n" for title, text in sections)
    return f"{head}{taught} It takes a pair for a rephrase from probability {result.threshold:.3f} on.\n\n{body}"


def _data(result: Result) -> str:
    rows = [(each.name, each.licence, f"{each.learned:,}", f"{each.measured:,}") for each in result.sources]
    counted = _table(("from", "licence", "pairs learned from", "pairs measured on"), rows)
    note = "Bundled corpora are split by request: no text that was learned from is measured on."
    return f"{counted}\n\n{note}"


def _measures(result: Result) -> Iterator[str]:
    yield "Intervals hold 95 % of bootstrap resamples of whole sessions. AP is average precision; F1 and false alarms"
    yield "are at the model's own threshold."
    for measured in result.measured:
        yield ""
        yield f"On {measured.about}:"
        yield ""
        yield _table(COLUMNS, _rows(result.name, measured))
        yield ""
        yield (
            f"Calibration: probabilities are off by {measured.calibration_error:.3f} on average over ten spans; Brier "
            f"score {measured.brier:.3f}."
        )


COLUMNS: Final = ("part", "model", "pairs", "reword", "AP", "F1", "false alarms")


def _rows(name: str, measured: Measured) -> Iterator[tuple[str, ...]]:
    models = (Compared(name, measured.threshold, measured.slices), *measured.others)
    for part in sorted(measured.slices, key=lambda part: KINDS.index(part.kind)):
        for model in models:
            yield from (_row(model.name, own) for own in model.slices if (own.kind, own.name) == (part.kind, part.name))


def _row(model: str, part: Slice) -> tuple[str, ...]:
    return (
        part.name,
        model,
        f"{part.pairs:,}",
        f"{part.positives:,}",
        spread(part.average_precision),
        spread(part.f1),
        f"{part.false_alarms:.3f}" if isfinite(part.false_alarms) else "",
    )


def _privacy(result: Result) -> str:
    if result.options.get("buckets"):
        return WORDS_INSIDE
    if result.membership_auc is None:
        return NO_ATTACK
    return (
        f"A likelihood-ratio attack (Carlini et al., 2022) that tries to tell which pairs were trained on is right for "
        f"{result.membership_auc:.2f} of pairs of one that was and one that was not; .50 is chance."
    )


def _again(result: Result) -> str:
    options = "\n".join(f"* {name}: {value}" for name, value in result.options.items())
    return f"```\n{result.command}\n```\n\nThe same data and program give the same bytes. Options:\n\n{options}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
