"""Asks a student whether a pair was trained on: a likelihood-ratio attack. Knows features and labels, no corpora.

After Carlini et al., "Membership Inference Attacks From First Principles" (IEEE S&P 2022): many shadow students learn
from random halves of the same pairs. For each pair, the confidence of those that saw it and of those that did not
makes two normal distributions; a target is attacked by the likelihood ratio of its own confidence. Means are each
pair's own; the spreads are shared by all pairs, as the authors advise where shadows are few. Every student is a target
once, with the others as its shadows.

All students are trained at once, as one network whose arrays have a row a student. It is that of ``models/student``:
the columns, standardised and cut, and perhaps the mean of hashed words' rows, then layers with max(0, x) between them;
AdamW along a cosine. The attacker sees log odds before calibration and rounding, so more than any user of a student.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import cos, pi
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from models import features
from models.measuring import roc_auc
from models.pairs import Example
from models.student.bags import bag_of
from models.student.config import StudentConfig
from models.student.model import standardised

SPREAD_MIN: Final = 1e-3
FEW_FALSE: Final = 0.01
"""A share of false claims at which an attack would still be believed."""

WORDS_SPREAD: Final = 0.01
"""Of the rows of words at the start, as in ``models/student/network.py``."""

Floats = NDArray[np.float64]
Members = NDArray[np.bool_]


class Inputs(NamedTuple):
    """Pairs as the network takes them.

    Attributes:
        columns: standardised features, shape ``(n, columns)``.
        words: share of each bucket in a pair's words, shape ``(n, buckets in use)``.
        labels: 0 or 1, shape ``(n,)``.
    """

    columns: torch.Tensor
    words: torch.Tensor
    labels: torch.Tensor


class Attack(NamedTuple):
    """What the attack achieves.

    Attributes:
        auc: how often a member looks more like one than another pair does, mean over targets; .5 is a guess.
        found: share of members claimed with 1 % false claims, mean over targets.
        fitted: share of members that students get right.
        unseen: share of other pairs that they get right.
    """

    auc: float
    found: float
    fitted: float
    unseen: float


def inputs_of(examples: Sequence[Example], buckets: int) -> Inputs:
    """Return pairs as the network takes them."""
    matrix = features.matrix(examples)
    deviation = matrix.std(axis=0)
    deviation[deviation == 0.0] = 1.0
    words = np.zeros((len(examples), buckets), np.float32)
    for row, example in zip(words, examples, strict=True) if buckets else ():
        bag = bag_of(example, buckets)
        np.add.at(row, bag, 1.0 / max(len(bag), 1))
    words = words[:, words.any(axis=0)]  # rows of words that nobody says are never learned
    labels = np.array([example.label >= 0.5 for example in examples], np.float32)
    columns = standardised(matrix, matrix.mean(axis=0), deviation)
    return Inputs(torch.from_numpy(columns), torch.from_numpy(words), torch.from_numpy(labels))


def halves(students: int, pairs: int, seed: int) -> Members:
    """Return which pairs each student learns from, shape ``(students, pairs)``: each pair is seen by half of them."""
    chance = np.random.default_rng(seed)
    places = np.argsort(chance.random((students, pairs)), axis=0)
    return places < students // 2


class Population(torch.nn.Module):
    """Students side by side.

    Attributes:
        words: shape ``(buckets, students * dimension)``.
        weights, biases: of each layer, shapes ``(students, inputs, outputs)`` and ``(students, 1, outputs)``.
    """

    def __init__(self, students: int, columns: int, buckets: int, config: StudentConfig) -> None:
        """Draw weights as torch does for a single layer: evenly, within one over the root of its inputs."""
        super().__init__()
        self._students = students
        dimension = config.dimension if buckets else 0
        self.words = torch.nn.Parameter(torch.randn(buckets, students * dimension) * WORDS_SPREAD)
        widths = (columns + dimension, *config.hidden, 1)
        shapes = list(pairwise(widths))
        self.weights = torch.nn.ParameterList([_drawn(students, entering, entering, out) for entering, out in shapes])
        self.biases = torch.nn.ParameterList([_drawn(students, entering, 1, out) for entering, out in shapes])

    def forward(self, columns: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        """Return log odds, shape ``(students, n)``, of columns ``(n, columns)`` and words ``(n, buckets)``."""
        values = columns.expand(self._students, *columns.shape)
        if self.words.numel():
            held = (words @ self.words).view(len(words), self._students, -1).transpose(0, 1)
            values = torch.cat((values, held), dim=2)
        for place, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = torch.baddbmm(bias, functional.relu(values) if place else values, weight)
        return values[:, :, 0]


def _drawn(students: int, entering: int, rows: int, outputs: int) -> torch.nn.Parameter:
    reach = entering**-0.5
    return torch.nn.Parameter((torch.rand(students, rows, outputs) * 2.0 - 1.0) * reach)


def trained(inputs: Inputs, members: Members, config: StudentConfig) -> Floats:
    """Train a student on each row of members; return what each says of every pair, log odds ``(students, n)``.

    A step takes twice the batch, of which each student sees its half.
    """
    torch.manual_seed(config.seed)
    torch.set_num_threads(config.threads)
    seen = torch.from_numpy(members.astype(np.float32))
    students, pairs = members.shape
    network = Population(students, inputs.columns.shape[1], inputs.words.shape[1], config)
    optimiser = torch.optim.AdamW(network.parameters(), config.learning_rate, weight_decay=config.weight_decay)
    size = 2 * config.batch_size
    steps = config.epochs * -(-pairs // size)
    along = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 0.5 * (1.0 + cos(pi * step / steps)))
    for _ in range(config.epochs):
        for batch in torch.split(torch.randperm(pairs), size):
            odds = network(inputs.columns[batch], inputs.words[batch])
            labels = inputs.labels[batch].expand_as(odds)
            loss = functional.binary_cross_entropy_with_logits(odds, labels, reduction="none")
            mine = seen[:, batch]
            optimiser.zero_grad()
            torch.autograd.backward(((loss * mine).sum(dim=1) / mine.sum(dim=1).clamp(min=1.0)).sum())
            optimiser.step()
            along.step()
    with torch.inference_mode():
        said: Floats = network(inputs.columns, inputs.words).numpy().astype(np.float64)
    return said


def attacked(odds: Floats, labels: NDArray[np.bool_], members: Members) -> Attack:
    """Attack every student with the others as shadows.

    Args:
        odds: log odds of each student for each pair, shape ``(students, n)``.
        labels: which pairs are rewordings, shape ``(n,)``.
        members: which pairs each student learned from, shape ``(students, n)``.
    """
    confidence = np.where(labels, odds, -odds)
    aucs, found = [], []
    for target in range(len(odds)):
        others = np.arange(len(odds)) != target
        claims = likelihood_ratios(confidence[target], confidence[others], members[others])
        aucs.append(roc_auc(members[target], claims))
        limit = np.quantile(claims[~members[target]], 1.0 - FEW_FALSE)
        found.append((claims[members[target]] > limit).mean())
    right = confidence > 0.0
    return Attack(
        float(np.mean(aucs)), float(np.mean(found)), float(right[members].mean()), float(right[~members].mean())
    )


def likelihood_ratios(target: Floats, shadows: Floats, members: Members) -> Floats:
    """Return how much likelier each pair's confidence is if the target saw it, as a logarithm, shape ``(n,)``.

    Args:
        target: confidence of the target, shape ``(n,)``.
        shadows: confidence of the shadows, shape ``(shadows, n)``.
        members: which pairs each shadow saw, shape ``(shadows, n)``.
    """
    return _log_density(target, shadows, members) - _log_density(target, shadows, ~members)


def _log_density(target: Floats, shadows: Floats, counted: Members) -> Floats:
    """Return the log density of the target's confidence among shadows, each pair with its mean, all with one spread."""
    mean = (shadows * counted).sum(axis=0) / np.maximum(counted.sum(axis=0), 1)
    spread = max(float((shadows - mean)[counted].std()), SPREAD_MIN)
    density: Floats = -0.5 * ((target - mean) / spread) ** 2 - np.log(spread)
    return density


def attack(examples: Sequence[Example], config: StudentConfig, students: int, seed: int = 0) -> Attack:
    """Train students on random halves of labelled pairs, and attack each; the same arguments give the same result."""
    inputs = inputs_of(examples, config.buckets)
    members = halves(students, len(examples), seed)
    odds = trained(inputs, members, config)
    return attacked(odds, inputs.labels.numpy() > 0.5, members)
