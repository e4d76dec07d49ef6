"""Hands on what a teacher knows: its opinion as labels. Knows teachers and examples, no student in particular."""

from collections.abc import Sequence
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.pairs import Example, Pair


class Opinion(Protocol):
    """What a teacher offers for this."""

    def estimates(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return the probability that the second text of each pair rewords the first, shape ``(len(pairs),)``."""


def softened(examples: Sequence[Example], teacher: Opinion, share: float) -> list[Example]:
    """Return the examples with labels in which the teacher has a share; 1 where nobody labelled them.

    Source: Hinton, Vinyals & Dean, "Distilling the Knowledge in a Neural Network", 2015, section 2.

    Raises:
        ValueError: the share is not from 0 to 1.
    """
    if not 0.0 <= share <= 1.0:
        message = f"share must be from 0 to 1, not {share}"
        raise ValueError(message)
    opinions = teacher.estimates(examples).tolist()
    return [
        msgspec.structs.replace(example, label=(1.0 - share) * example.label + share * opinion)
        for example, opinion in zip(examples, opinions, strict=True)
    ]
