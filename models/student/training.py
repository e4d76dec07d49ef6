"""Trains students: examples to a network, a network to a student. Knows examples, not where they are from.

The same examples and configuration give the same bytes: one generator drives all chance, and threads are fixed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import binary_cross_entropy_with_logits

from models import features
from models.calibrating import best_threshold, calibrate, thresholds_at
from models.pairs import Example
from models.student.bags import bag_of
from models.student.config import StudentConfig
from models.student.exact import INPUT_RANGE, Layer
from models.student.model import Student, Weights, inputs_of, share_key, standardised
from models.student.network import Network
from models.torch_state import seeded, threads

OnEpoch = Callable[[int, int, float], None]
"""Told after each epoch: its number from 1, how many there are, and the mean loss of its pairs."""

DEVIATION_MIN: Final = 1e-3
"""Columns that hardly vary are not blown up to the size of others."""

FALSE_ALARMS: Final = (0.01, 0.03, 0.05, 0.10)
"""Shares of unlike pairs for which thresholds by language are stored."""


def train(examples: Sequence[Example], config: StudentConfig, on_epoch: OnEpoch | None = None) -> Network:
    """Return a network trained on soft labels: cross entropy, each pair by its weight.

    Args:
        examples: texts normalised; labels 0 to 1, weights not negative.
        config: shape and training.
        on_epoch: told after each epoch.

    Raises:
        ValueError: there is no example, or a label or weight is out of range.
    """
    labels, weights = labels_of(examples)
    columns = features.matrix(examples)
    with threads(config.threads), seeded(config.seed):
        network = Network(columns.shape[1], config)
        _standardise(network, columns, weights)
        scaled = standardised(columns, network.mean.numpy(), network.deviation.numpy())
        bags = [bag_of(example, config.buckets) for example in examples] if config.buckets else None
        batches = _Batches(scaled, labels, weights, bags, config.batch_size)
        _learn(network, batches, config, on_epoch)
    return network.eval()


def student_of(
    network: Network,
    examples: Sequence[Example],
    name: str,
    description: Mapping[str, Any],
    *,
    threshold_on: Sequence[Example] | None = None,
    false_alarms_on: Sequence[Example] | None = None,
) -> Student:
    """Return the student of a trained network: rounded, calibrated, with its threshold and those by language.

    Args:
        network: as :func:`train` returned it.
        examples: labelled pairs to calibrate on, best such that were not trained on.
        name: name and version, written on every feedback.
        description: kept in the file; ``false_alarm_thresholds`` is added.
        threshold_on: labelled pairs whose F1 the threshold maximises; ``examples`` when None.
        false_alarms_on: labelled pairs of many languages, on which thresholds by language are measured; best such that
            look like those a user would call alike; ``examples`` when None.

    Raises:
        ValueError: one of the two labels does not occur.
    """
    labels, weights = labels_of(examples)
    learned = weights_of(network, examples)
    raw = Student(name, 0.5, learned)
    calibration = calibrate(raw.logits(examples), labels, weights)
    calibrated = Student(name, 0.5, learned, calibration=calibration)
    judged = examples if threshold_on is None else threshold_on
    threshold = best_threshold(calibrated.score(judged), *labels_of(judged))
    by_language = _false_alarm_thresholds(calibrated, examples if false_alarms_on is None else false_alarms_on)
    noted = {**description, "false_alarm_thresholds": by_language}
    return Student(name, threshold, learned, calibration=calibration, description=noted)


def weights_of(network: Network, examples: Sequence[Example]) -> Weights:
    """Return what a network learned, with the largest values that enter each layer for these examples."""
    mean, deviation = network.mean.numpy().copy(), network.deviation.numpy().copy()
    embedding = np.zeros((0, 0), np.float32) if network.words is None else _array(network.words.weight)
    pairs = [(_array(layer.weight).T.copy(), _array(layer.bias)) for layer in network.linear()]
    values = inputs_of(examples, Weights(mean, deviation, (), embedding))
    layers = []
    for place, (weight, bias) in enumerate(pairs):
        largest = float(np.abs(values).max(initial=0.0)) if place else INPUT_RANGE
        layers.append(Layer(weight, bias, largest or 1.0))
        values = np.maximum(values @ weight + bias, 0.0)
    return Weights(mean, deviation, tuple(layers), embedding)


def labels_of(examples: Sequence[Example]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return labels and weights, each of shape ``(len(examples),)``.

    Raises:
        ValueError: there is no example, or a label or weight is out of range.
    """
    labels = np.fromiter((example.label for example in examples), np.float32, len(examples))
    weights = np.fromiter((example.weight for example in examples), np.float32, len(examples))
    if not weights.sum() > 0.0:
        message = "there is nothing to learn from: give at least one example with a weight above 0"
        raise ValueError(message)
    if not ((labels >= 0.0) & (labels <= 1.0)).all():
        message = "label must be from 0 to 1 in every example"
        raise ValueError(message)
    if not ((weights >= 0.0) & np.isfinite(weights)).all():
        message = "weight must be finite and not negative in every example"
        raise ValueError(message)
    return labels, weights


class _Batches:
    """Examples as tensors, cut into batches in a new order each epoch."""

    def __init__(
        self,
        columns: NDArray[np.float32],
        labels: NDArray[np.float32],
        weights: NDArray[np.float32],
        bags: list[list[int]] | None,
        size: int,
    ) -> None:
        self._tensors = torch.from_numpy(columns), torch.from_numpy(labels), torch.from_numpy(weights / weights.mean())
        self._bags = bags
        self._size = size
        self.count = -(-len(labels) // size)

    def shuffled(self) -> Iterator[tuple[torch.Tensor, ...]]:
        """Yield columns, labels, weights, and rows and starts of words where there are any."""
        order = torch.randperm(len(self._tensors[0]))
        for start in range(0, len(order), self._size):
            chosen = order[start : start + self._size]
            yield (*(tensor[chosen] for tensor in self._tensors), *self._words(chosen))

    def _words(self, chosen: torch.Tensor) -> tuple[torch.Tensor, ...]:
        if self._bags is None:
            return ()
        bags = [torch.tensor(self._bags[place], dtype=torch.int64) for place in chosen.tolist()]
        lengths = torch.tensor([0, *(len(bag) for bag in bags[:-1])])
        return torch.cat(bags), lengths.cumsum(0)


def _learn(network: Network, batches: _Batches, config: StudentConfig, on_epoch: OnEpoch | None) -> None:
    optimiser = torch.optim.AdamW(network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, config.epochs * batches.count)
    for epoch in range(1, config.epochs + 1):
        total = 0.0
        for columns, labels, weights, *words in batches.shuffled():
            loss = binary_cross_entropy_with_logits(network(columns, *words), labels, weights)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
            total += loss.item()
        if on_epoch is not None:
            on_epoch(epoch, config.epochs, total / batches.count)


def _standardise(network: Network, columns: NDArray[np.float32], weights: NDArray[np.float32]) -> None:
    """Set mean and deviation of each column from the examples, each by its weight."""
    share = (weights / weights.sum()).astype(np.float64)[:, None]
    mean = (columns * share).sum(axis=0)
    deviation = np.sqrt((np.square(columns - mean) * share).sum(axis=0))
    deviation[deviation < DEVIATION_MIN] = 1.0
    network.mean.copy_(torch.from_numpy(mean))
    network.deviation.copy_(torch.from_numpy(deviation))


def _false_alarm_thresholds(student: Student, examples: Sequence[Example]) -> dict[str, dict[str, float]]:
    """Return thresholds by language, and in each by share of false alarms."""
    probabilities, (labels, _) = student.score(examples), labels_of(examples)
    locales = [example.locale for example in examples]
    found: dict[str, dict[str, float]] = {}
    for share in FALSE_ALARMS:
        for language, threshold in thresholds_at(probabilities, labels, locales, share).items():
            found.setdefault(language, {})[share_key(share)] = threshold
    return found


def _array(tensor: torch.Tensor) -> NDArray[np.float32]:
    array: NDArray[np.float32] = tensor.detach().numpy().copy()
    return array
