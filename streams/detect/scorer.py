"""What a rephrase model is to detection: pairs in, probabilities out. Knows no model in particular."""

from collections.abc import Sequence
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray


class Pair(msgspec.Struct, frozen=True, gc=False):
    """Two turns of one person, the second within the gap of the first.

    Attributes:
        first: the earlier text, normalised.
        second: the later text, normalised.
        locale: BCP 47 tag of the person.
        reply: the assistant's words in between, as sent, "" unknown.
        first_failed: the reply itself says so (not understood, failed, asked again).
        gap_s: seconds from the first turn to the second.
        same_question: both answer the same open question, or neither answers any.
        barge_in: the second interrupted the reply to the first.
    """

    first: str
    second: str
    locale: str = "en"
    reply: str = ""
    first_failed: bool = False
    gap_s: float = 0.0
    same_question: bool = True
    barge_in: bool = False


class Scorer(Protocol):
    """A rephrase model.

    Attributes:
        name: name and version, written on every feedback and trail.
        threshold: probability from which a pair is a rephrase.
    """

    @property
    def name(self) -> str:
        """Return the name and version."""

    @property
    def threshold(self) -> float:
        """Return the probability from which a pair is a rephrase."""

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return the probability that the second text of each pair rewords the first, shape ``(len(pairs),)``.

        A pure function of each pair: the score does not depend on the rest of the batch.
        """
