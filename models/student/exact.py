"""A small network whose output is the same bit for bit in every batch, order and machine. Knows arrays, no pair.

Sums of rounded numbers depend on their order, which a matrix product chooses by the size of the batch. Sums of whole
numbers do not, as long as they fit: so weights and what enters a layer are scaled and rounded to whole numbers, few
enough for the products' sums to stay exact. What is left is done element by element.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.student.config import WIDTH_MAX

Floats = NDArray[np.floating[Any]]

INPUT_RANGE: Final = 8.0
"""Standard deviations from the mean at which an input is cut; training cuts it there too."""


@dataclass(frozen=True, slots=True)
class Precision:
    """How finely whole numbers stand for real ones.

    Attributes:
        name: what a user calls it.
        weight_levels: weights of one output are whole numbers from minus this to this.
        input_levels: what enters a layer: the same.
        dtype: of the sums; exact up to ``WIDTH_MAX`` products of the two.
    """

    name: str
    weight_levels: int
    input_levels: int
    dtype: type[np.floating[Any]]


PRECISIONS: Final = {
    "int8": Precision("int8", 127, 1 << 10, np.float32),
    "float32": Precision("float32", 1 << 23, 1 << 20, np.float64),
}
"""int8: weights of 8 bits; 128 * 127 * 2**10 is below 2**24, where 32-bit numbers stop being exact.
float32: weights of 24 bits, as those of a 32-bit number; 2**7 * 2**23 * 2**20 is below 2**53."""

for _precision in PRECISIONS.values():
    _digits = np.finfo(_precision.dtype).nmant + 1
    assert WIDTH_MAX * _precision.weight_levels * _precision.input_levels <= 2**_digits  # noqa: S101 - of constants


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer as it was trained.

    Attributes:
        weight: shape ``(inputs, outputs)``.
        bias: shape ``(outputs,)``.
        input_max: the largest of the absolute values that entered it in training; larger ones are cut.
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    input_max: float


class ExactNetwork:
    """Layers with max(0, x) between them, in whole numbers."""

    def __init__(self, layers: tuple[Layer, ...], precision: Precision) -> None:
        """Round the layers' weights to whole numbers, each output by its own scale."""
        self._levels = precision.input_levels
        self._dtype = precision.dtype
        self._layers = [_rounded(layer, precision) for layer in layers]

    def logits(self, inputs: Floats) -> NDArray[np.float64]:
        """Return the output, shape ``(n,)``, for inputs of shape ``(n, inputs of the first layer)``."""
        values = inputs.astype(self._dtype)
        least = -self._levels
        for weight, scale, bias, step in self._layers:
            values /= step
            np.rint(values, out=values)
            np.minimum(values, self._levels, out=values)
            np.maximum(values, least, out=values)
            values = values @ weight
            values *= scale
            values += bias
            least = 0  # between layers: max(0, x)
        return np.asarray(values[:, 0], np.float64)


def _rounded(layer: Layer, precision: Precision) -> tuple[Floats, Floats, Floats, Any]:
    """Return whole weights, what one unit of each sum is worth, biases, and what one unit of an input is worth."""
    weight = layer.weight.astype(np.float64)
    largest = np.abs(weight).max(axis=0, initial=0.0)
    unit = np.where(largest > 0.0, largest, 1.0) / precision.weight_levels
    step = layer.input_max / precision.input_levels
    kind = precision.dtype
    return np.rint(weight / unit).astype(kind), (unit * step).astype(kind), layer.bias.astype(kind), kind(step)
