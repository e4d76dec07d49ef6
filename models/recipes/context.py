"""What the steps of one run share. Knows the kinds of things, does nothing with them."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from models.recipes.data import Own
from models.recipes.options import Options
from models.recipes.steps import Work

Watch = Callable[[str, float, float], None]
"""Told what is being done, how much of it is done, and how much there is."""


class Model(Protocol):
    """A rephrase model: pairs in, probabilities out."""

    @property
    def name(self) -> str:
        """Return the name and version."""

    @property
    def threshold(self) -> float:
        """Return the probability from which a pair is a rephrase."""

    def score(self, pairs: Sequence[Any], /) -> NDArray[np.float32]:
        """Return the probability that the second text of each pair rewords the first, shape ``(n,)``."""


class Run(NamedTuple):
    """One run of a recipe.

    Attributes:
        work: where steps lie.
        options: what was chosen.
        own: what the user brought.
        watch: told how far it is.
        others: other models to measure on the same pairs.
        command: what gives the same again.
    """

    work: Work
    options: Options
    own: Own
    watch: Watch
    others: tuple[Model, ...]
    command: str
