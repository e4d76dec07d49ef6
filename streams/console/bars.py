"""How far a bar reaches. Knows figures, no page."""

import math
from typing import Final

from streams.console.views import QuestionView

NEEDED_AT: Final = 75.0
"""Where on a bar, in per cent, the needed evidence stands: there is room to show more than enough."""


def reached(question: QuestionView) -> float:
    """Return how far the evidence for a question reaches, in per cent of a bar.

    The bar counts in logarithms of odds, as each further observation multiplies them: 1:1 is nothing, the needed odds
    are at `NEEDED_AT`, and evidence against it reaches nowhere.
    """
    if question.e_value <= 1 or question.needed <= 1:
        return 100.0 if question.passed else 0.0
    if math.isinf(question.e_value):
        return 100.0
    return min(100.0, NEEDED_AT * math.log(question.e_value) / math.log(question.needed))


def success_share(share: float | None) -> float:
    """Return a share in per cent of a bar, nothing where it is not known."""
    return 0.0 if share is None else 100 * min(max(share, 0.0), 1.0)
