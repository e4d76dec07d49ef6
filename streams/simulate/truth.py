"""The truth about simulated traffic: what each text meant, how well it worked, and which rewrites would be right.

Knows no learner. A truth file is this structure as JSON; its texts are normalised.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from streams import phrases

SHARE_MIN: Final = 0.8
"""A text must mean one thing this often before hearing it as that is right."""

SOURCE_WORKS_MAX: Final = 0.5
"""A text that works at least this often needs no rewrite."""

TARGET_WORKS_MIN: Final = 0.7
"""A text that works less often is no place to send people."""

USERS_MIN: Final = 20
"""Distinct users of source and target from which a pair counts as learnable."""

PROTECTED: Final = (
    "contact", "payment", "pay", "purchase", "buy", "order", "lock", "unlock", "alarm", "transfer", "dial",
)  # fmt: skip
"""Words of a domain or intent that no rewrite may touch."""


class Period(msgspec.Struct, frozen=True):
    """One text at its state, for as long as nothing changes about it.

    Attributes:
        from_ms: when the period begins.
        until_ms: when it ends; the end itself is not part of it.
        meanings: meaning -> share of the utterances that meant it; "" where nobody meant anything.
        success: chance that the assistant does what was meant.
        uses: utterances in the traffic.
        users: distinct people who said it.
        repairing_users: distinct people whose attempt failed with it and then succeeded, for its main meaning.
        repaired_at_ms: when enough of them had done so, or None.
        protected: no rewrite may touch its main meaning.
    """

    from_ms: int
    until_ms: int
    meanings: dict[str, float]
    success: float
    uses: int
    users: int
    repairing_users: int
    repaired_at_ms: int | None
    protected: bool

    @property
    def meaning(self) -> str:
        """What it usually means."""
        return max(self.meanings, key=lambda meaning: (self.meanings[meaning], meaning))


class TrueText(msgspec.Struct, frozen=True):
    """All periods of one text at its state, with why it is a trap ("" none) and how it drifts ("" not)."""

    state: str
    text: str
    trap: str
    drift: str
    periods: tuple[Period, ...]

    def at(self, at_ms: int) -> Period:
        """Return the period of a moment; before the first and after the last they go on."""
        return next((period for period in self.periods if at_ms < period.until_ms), self.periods[-1])


class Learnable(msgspec.Struct, frozen=True):
    """A text that enough people repaired, with the texts it could rightly be heard as, most users first."""

    state: str
    source: str
    targets: tuple[str, ...]
    repaired_at_ms: int
    repairing_users: int


class Truth(msgspec.Struct, frozen=True):
    """Everything known about one run of simulated traffic."""

    seed: int
    turns: int
    users: int
    locale: str
    users_min: int
    worthless: bool
    from_ms: int
    until_ms: int
    texts: tuple[TrueText, ...]
    learnable: tuple[Learnable, ...] = ()

    def index(self) -> dict[tuple[str, str], TrueText]:
        """Return the texts by state and text."""
        return {(text.state, text.text): text for text in self.texts}


def faults(source: TrueText | None, target: TrueText | None, at_ms: int, locale: str) -> tuple[str, ...]:
    """Return why hearing one text as the other would be wrong at a moment; nothing when it is right.

    Faults: ``unknown_source``, ``unknown_target``, ``mixed_meaning``, ``source_works``, ``wrong_meaning``,
    ``target_fails``, ``negation_changed``, ``number_changed``, ``protected``.
    """
    if source is None or target is None:
        return ("unknown_source" if source is None else "unknown_target",)
    before, after = source.at(at_ms), target.at(at_ms)
    checks = {
        "mixed_meaning": before.meanings[before.meaning] < SHARE_MIN,
        "source_works": before.success >= SOURCE_WORKS_MAX,
        "wrong_meaning": before.meaning != after.meaning,
        "target_fails": after.success < TARGET_WORKS_MIN,
        "negation_changed": phrases.negations(source.text, locale) != phrases.negations(target.text, locale),
        "number_changed": sorted(phrases.numbers(source.text, locale)) != sorted(phrases.numbers(target.text, locale)),
        "protected": before.protected,
    }
    return tuple(fault for fault, is_so in checks.items() if is_so)


def wrong_from(source: TrueText, target: TrueText, at_ms: int, locale: str) -> int | None:
    """Return the first moment after another at which hearing one text as the other is wrong, None when it never is."""
    changes = {period.from_ms for text in (source, target) for period in text.periods}
    return next(
        (change for change in sorted(changes) if change > at_ms and faults(source, target, change, locale)), None
    )


def learnables(texts: Iterable[TrueText], locale: str, users_min: int) -> tuple[Learnable, ...]:
    """Return what could rightly be learned: repaired by enough people, towards a text that enough people said."""
    all_texts = tuple(texts)
    by_meaning: dict[tuple[str, str], list[TrueText]] = {}
    for text in all_texts:
        for meaning in {period.meaning for period in text.periods}:
            by_meaning.setdefault((text.state, meaning), []).append(text)
    found = (_learnable(source, by_meaning, locale, users_min) for source in all_texts)
    return tuple(learnable for learnable in found if learnable is not None)


def _learnable(
    source: TrueText, by_meaning: Mapping[tuple[str, str], list[TrueText]], locale: str, users_min: int
) -> Learnable | None:
    """Return what can be learned about a text in its first period with something to learn, or None."""
    for period in source.periods:
        at_ms = period.repaired_at_ms
        if at_ms is None:
            continue
        users = {
            target.text: target.at(at_ms).users
            for target in by_meaning[source.state, period.meaning]
            if not faults(source, target, at_ms, locale)
        }
        targets = sorted((text for text in users if users[text] >= users_min), key=lambda text: (-users[text], text))
        if targets:
            return Learnable(source.state, source.text, tuple(targets), at_ms, period.repairing_users)
    return None


def encode(truth: Truth) -> bytes:
    """Return a truth as JSON; the same truth always gives the same bytes."""
    return msgspec.json.encode(truth, order="deterministic")


def decode(content: bytes) -> Truth:
    """Return the truth that ``encode`` wrote.

    Raises:
        msgspec.ValidationError: it is something else.
    """
    return msgspec.json.decode(content, type=Truth)
