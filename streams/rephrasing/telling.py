"""What scorers may tell beside scores: counts, by name, for metrics. Knows no scorer in particular and no metric."""

from typing import Final, Protocol, runtime_checkable

REFUSED: Final = "models.refused"
"""Changed model files that could not be read; the old model stayed."""

SHADOW_BOTH: Final = "shadow.both"
SHADOW_NEITHER: Final = "shadow.neither"
SHADOW_ONLY_ACTING: Final = "shadow.only_acting"
SHADOW_ONLY_SHADOW: Final = "shadow.only_shadow"
"""Pairs by who says that they are rephrases: both models, none, only the one that acts, only the one that looks on."""

SHADOW_DIFFERENCE: Final = "shadow.difference"
"""Sum of the absolute differences of the two probabilities: divided by all pairs, their mean."""

SHADOW_FAILED: Final = "shadow.failed"
"""Times that the model that looks on failed to score."""

OPINION_PAIRS: Final = "second_opinion.pairs"
OPINION_ASKED: Final = "second_opinion.asked"
"""Pairs scored while a teacher stood by, and those of them that it was asked about."""


@runtime_checkable
class Telling(Protocol):
    """A scorer that counts something."""

    def take_facts(self) -> dict[str, float]:
        """Return what was counted since the last call, by name, and forget it."""


def facts_of(scorer: object) -> dict[str, float]:
    """Return what a scorer counted since the last call; nothing from one that does not count."""
    return scorer.take_facts() if isinstance(scorer, Telling) else {}


class Tally:
    """Amounts by name, taken all at once."""

    def __init__(self) -> None:
        self._facts: dict[str, float] = {}

    def add(self, fact: str, amount: float = 1.0) -> None:
        """Add to a fact."""
        self._facts[fact] = self._facts.get(fact, 0.0) + amount

    def merge(self, facts: dict[str, float]) -> None:
        """Add what another one counted."""
        for fact, amount in facts.items():
            self.add(fact, amount)

    def take(self) -> dict[str, float]:
        """Return everything and forget it."""
        facts, self._facts = self._facts, {}
        return facts
