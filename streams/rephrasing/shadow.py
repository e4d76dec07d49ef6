"""A second model that scores what the acting one scores, and acts on nothing. Knows two scorers, no text of theirs."""

from collections.abc import Sequence

import numpy as np
import structlog
from numpy.typing import NDArray

from streams.detect.scorer import Pair, Scorer
from streams.rephrasing.telling import (
    SHADOW_BOTH,
    SHADOW_DIFFERENCE,
    SHADOW_FAILED,
    SHADOW_NEITHER,
    SHADOW_ONLY_ACTING,
    SHADOW_ONLY_SHADOW,
    Tally,
    facts_of,
)

log = structlog.get_logger(__name__)


class Shadowed:
    """The acting model, with another one looking on; every answer is the acting one's.

    Whatever goes wrong with the one that looks on is counted, and logged the first time: what is on trial must not
    stop what works.
    """

    def __init__(self, acting: Scorer, shadow: Scorer) -> None:
        self._acting = acting
        self._shadow = shadow
        self._tally = Tally()
        self._has_failed = False

    @property
    def name(self) -> str:
        """Return the acting model's name and version."""
        return self._acting.name

    @property
    def threshold(self) -> float:
        """Return the acting model's threshold."""
        return self._acting.threshold

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return the acting model's probabilities, shape ``(len(pairs),)``, and count how the other one compares."""
        acting = self._acting.score(pairs)
        try:
            self._compare(acting, self._shadow.score(pairs))
        except Exception as problem:  # noqa: BLE001 - whatever it is, the model that acts is not touched by it
            self._failed(problem)
        return acting

    def take_facts(self) -> dict[str, float]:
        """Return how often both models agreed since the last call, and what the acting one counted."""
        self._tally.merge(facts_of(self._acting))
        return self._tally.take()

    def _compare(self, acting: NDArray[np.float32], shadow: NDArray[np.float32]) -> None:
        difference = float(np.abs(acting.astype(np.float64) - _checked(shadow, len(acting))).sum())
        says, would_say = acting >= self._acting.threshold, shadow >= self._shadow.threshold
        both, only_acting = int((says & would_say).sum()), int((says & ~would_say).sum())
        only_shadow = int((~says & would_say).sum())
        self._tally.add(SHADOW_BOTH, both)
        self._tally.add(SHADOW_ONLY_ACTING, only_acting)
        self._tally.add(SHADOW_ONLY_SHADOW, only_shadow)
        self._tally.add(SHADOW_NEITHER, len(acting) - both - only_acting - only_shadow)
        self._tally.add(SHADOW_DIFFERENCE, difference)

    def _failed(self, problem: Exception) -> None:
        self._tally.add(SHADOW_FAILED)
        if not self._has_failed:
            self._has_failed = True
            # The kind alone: messages of models may quote what was said.
            log.error("shadow.failed", model=self._shadow.name, kind=type(problem).__name__)


def _checked(scores: NDArray[np.float32], pairs: int) -> NDArray[np.float64]:
    """Return the scores of a model that is not trusted yet.

    Raises:
        ValueError: it gave another number of scores, or no numbers: one that is none would stay in every sum.
    """
    if scores.shape != (pairs,) or not np.isfinite(scores).all():
        message = "expected one finite score a pair"
        raise ValueError(message)
    return scores.astype(np.float64)
