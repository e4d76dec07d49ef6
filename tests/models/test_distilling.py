"""What a teacher thinks, as labels."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.distilling import softened
from models.pairs import Example, Pair


class Sure:
    """A teacher whose opinion is the length of the first text in tenths."""

    def estimates(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return its opinions."""
        return np.array([len(pair.first) / 10.0 for pair in pairs], np.float32)


EXAMPLES = [Example("stop", "stop it", 1.0, weight=2.0, group="a"), Example("music", "door", 0.0, source="made")]


@given(st.floats(0.0, 1.0))
def test_a_label_lies_between_what_is_known_and_what_the_teacher_thinks(share: float) -> None:
    """The teacher's share moves each label towards its opinion, in order, and changes nothing else."""
    soft = softened(EXAMPLES, Sure(), share)
    assert [pair.label for pair in soft] == pytest.approx([1.0 - 0.6 * share, 0.5 * share])
    assert [(pair.first, pair.weight, pair.group, pair.source) for pair in soft] == [
        (pair.first, pair.weight, pair.group, pair.source) for pair in EXAMPLES
    ]


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_from_0_to_1(share: float) -> None:
    """Anything else is an error that names it."""
    with pytest.raises(ValueError, match="share"):
        softened(EXAMPLES, Sure(), share)
