"""The rephrase model that runs in the stream: a file, then pairs to probabilities. Knows numpy only, no torch.

A :class:`Student` is a ``streams.detect.scorer.Scorer``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from models import features, model_files
from models.calibrating import ANY_LANGUAGE, Calibration
from models.model_files import ModelFileError
from models.pairs import Pair
from models.student.bags import bag_of
from models.student.config import WIDTH_MAX
from models.student.exact import INPUT_RANGE, PRECISIONS, ExactNetwork, Layer
from streams.text import language_of

FORMAT: Final = "reprise student 1"
"""What a student's file says it is."""

NAME_LENGTH_MAX: Final = 64
"""Characters of a name."""

LAYERS_MAX: Final = 8
"""Layers of a file that is believed."""

RETRAIN: Final = "train it again with this version"


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned.

    Attributes:
        mean: of each column in training, shape ``(columns,)``.
        deviation: standard deviation of each column, above 0, shape ``(columns,)``.
        layers: the first takes columns and then the embedding, the last puts out one number.
        embedding: rows of hashed words, shape ``(buckets, dimension)``; ``(0, 0)`` for none.
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    layers: tuple[Layer, ...]
    embedding: NDArray[np.float32]


class Student:
    """A rephrase model on the features of a pair.

    Attributes:
        name: name and version, written on every feedback and trail.
        threshold: probability from which a pair is a rephrase.
        precision: ``int8`` or ``float32``; both score alike whatever the batch.
        description: how it was made, as JSON can hold it.
        calibration: what its log odds mean.
        weights: what it learned.
    """

    def __init__(
        self,
        name: str,
        threshold: float,
        weights: Weights,
        *,
        calibration: Calibration | None = None,
        description: Mapping[str, Any] | None = None,
        precision: str = "int8",
    ) -> None:
        """Put a student together; :meth:`load` reads one from a file.

        Raises:
            ValueError: the name is empty or long, a threshold is not between 0 and 1, or there is no such precision.
        """
        if not name.strip() or len(name) > NAME_LENGTH_MAX:
            message = f"name must have 1 to {NAME_LENGTH_MAX} characters: it is written on every feedback"
            raise ValueError(message)
        if not 0.0 < threshold < 1.0:
            message = f"threshold must be above 0 and below 1, not {threshold}"
            raise ValueError(message)
        if precision not in PRECISIONS:
            message = f"precision must be one of {', '.join(PRECISIONS)}, not {precision}"
            raise ValueError(message)
        self.name = name
        self.threshold = threshold
        self.weights = weights
        self.calibration = calibration or Calibration()
        self.description = dict(description or {})
        self.precision = precision
        self._measured = _measured(self.description)
        self._network = ExactNetwork(weights.layers, PRECISIONS[precision])

    @classmethod
    def load(cls, path: Path, precision: str = "int8") -> Self:
        """Return the student of a file.

        Raises:
            ModelFileError: the file is missing, broken or of another kind or version; the message says what to do.
        """
        path = Path(path)
        arrays, description = model_files.read(path)
        _check_kind(path, description)
        try:
            return cls(
                name=str(description["name"]),
                threshold=float(description["threshold"]),
                weights=_weights(arrays, description["input_max"]),
                calibration=Calibration.from_json(description["calibration"]),
                description=description["description"],
                precision=precision,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelFileError(path, f"is no whole student ({error})", RETRAIN) from None

    def save(self, path: Path) -> None:
        """Write the student; the same student gives the same bytes.

        Raises:
            ModelFileError: the file cannot be written.
        """
        arrays = {"mean": self.weights.mean, "deviation": self.weights.deviation, "embedding": self.weights.embedding}
        for place, layer in enumerate(self.weights.layers):
            arrays |= {f"weight_{place}": layer.weight, f"bias_{place}": layer.bias}
        description = {
            "format": FORMAT,
            "features": features.VERSION,
            "columns": [column.name for column in features.COLUMNS],
            "name": self.name,
            "threshold": self.threshold,
            "input_max": [layer.input_max for layer in self.weights.layers],
            "calibration": self.calibration.to_json(),
            "description": self.description,
        }
        model_files.write(Path(path), arrays, description)

    def score(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Return the probability that the second text of each pair rewords the first, shape ``(len(pairs),)``.

        A pure function of each pair, 0 when either text is empty. Multiples of ``calibrating.PROBABILITY_STEPS``.
        """
        probabilities = self.calibration.probabilities(self.logits(pairs), [pair.locale for pair in pairs])
        for place, pair in enumerate(pairs):
            if not pair.first or not pair.second:
                probabilities[place] = 0.0
        return probabilities

    def logits(self, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        """Return the log odds before calibration, shape ``(len(pairs),)``."""
        return self._network.logits(inputs_of(pairs, self.weights))

    def threshold_for(self, locale: str, false_alarms: float = 0.05) -> float:
        """Return the threshold that a given share of unlike pairs of a locale's language reaches.

        That of all languages stands in where the language was not measured, and ``threshold`` where the share was not.
        """
        shares = self._measured.get(language_of(locale)) or self._measured.get(ANY_LANGUAGE) or {}
        return shares.get(share_key(false_alarms), self.threshold)


def share_key(false_alarms: float) -> str:
    """Return how a share of false alarms is written as a key of ``false_alarm_thresholds``."""
    return f"{false_alarms:g}"


def inputs_of(pairs: Sequence[Pair], weights: Weights) -> NDArray[np.float32]:
    """Return what enters the first layer, shape ``(n, columns + dimension)``."""
    columns = standardised(features.matrix(pairs), weights.mean, weights.deviation)
    buckets, dimension = weights.embedding.shape
    if not buckets:
        return columns
    words = np.zeros((len(pairs), dimension), np.float32)
    for place, pair in enumerate(pairs):
        bag = bag_of(pair, buckets)
        words[place] = weights.embedding[bag].sum(axis=0) / np.float32(max(len(bag), 1))
    return np.hstack((columns, words))


def standardised(
    matrix: NDArray[np.float32], mean: NDArray[np.float32], deviation: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return columns as standard deviations from the mean, cut at ``INPUT_RANGE``; shape as given."""
    scaled = matrix - mean
    scaled /= deviation
    np.minimum(scaled, INPUT_RANGE, out=scaled)
    np.maximum(scaled, -INPUT_RANGE, out=scaled)
    return scaled


def _measured(description: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Return the thresholds by language, and in each by share of false alarms.

    Raises:
        ValueError: they are no such table.
    """
    try:
        measured = {
            str(language): {str(share): float(threshold) for share, threshold in shares.items()}
            for language, shares in description.get("false_alarm_thresholds", {}).items()
        }
    except (AttributeError, TypeError, ValueError):
        measured = {"": {"": -1.0}}
    if not all(0.0 < threshold < 1.0 for shares in measured.values() for threshold in shares.values()):
        message = "false_alarm_thresholds must hold, by language and share, thresholds above 0 and below 1"
        raise ValueError(message)
    return measured


def _check_kind(path: Path, description: Mapping[str, Any]) -> None:
    if description.get("format") != FORMAT:
        raise ModelFileError(path, "is no student", "use a file that `reprise train rephrase` has written")
    version = description.get("features")
    if version != features.VERSION:
        fault = f"was trained on features of version {version}, not {features.VERSION}"
        raise ModelFileError(path, fault, RETRAIN)
    columns = [column.name for column in features.COLUMNS]
    if description.get("columns") != columns:
        raise ModelFileError(path, f"looks at other columns than the {len(columns)} that there are", RETRAIN)


def _weights(arrays: Mapping[str, NDArray[Any]], input_max: Sequence[float]) -> Weights:
    """Return the arrays of a file as weights.

    Raises:
        ValueError: shapes do not fit, or a number is not finite.
    """
    for name, array in arrays.items():
        if array.dtype != np.float32 or not np.isfinite(array).all():
            message = f"{name} holds other than finite numbers of 32 bits"
            raise ValueError(message)
    if not 1 <= len(input_max) <= LAYERS_MAX or not all(0.0 < float(value) < float("inf") for value in input_max):
        message = "input_max must have 1 to 8 numbers above 0"
        raise ValueError(message)
    layers = tuple(
        Layer(arrays[f"weight_{place}"], arrays[f"bias_{place}"], float(value)) for place, value in enumerate(input_max)
    )
    weights = Weights(arrays["mean"], arrays["deviation"], layers, arrays["embedding"])
    _check_shapes(weights)
    return weights


def _check_shapes(weights: Weights) -> None:
    columns = len(features.COLUMNS)
    if weights.mean.shape != (columns,) or weights.deviation.shape != (columns,) or weights.deviation.min() <= 0.0:
        message = f"mean and deviation must have {columns} numbers, deviations above 0"
        raise ValueError(message)
    if weights.embedding.ndim != 2:  # noqa: PLR2004 - a matrix
        message = "embedding must be a matrix"
        raise ValueError(message)
    width = columns + weights.embedding.shape[1]
    for place, layer in enumerate(weights.layers):
        outputs = 1 if layer is weights.layers[-1] else layer.bias.size
        if layer.weight.shape != (width, outputs) or layer.bias.shape != (outputs,) or width > WIDTH_MAX:
            message = f"weight_{place} has shape {layer.weight.shape}, bias_{place} {layer.bias.shape}"
            raise ValueError(message)
        width = outputs
