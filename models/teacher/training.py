"""Trains a teacher: first its features alone, then its encoder beside them. Knows windows, not where they are from."""

from collections.abc import Callable, Sequence
from math import exp
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from torch.nn.functional import cross_entropy

from models import features
from models.calibrating import best_threshold, calibrate
from models.pairs import Window
from models.teacher import checkpoints, encoders
from models.teacher.checkpoints import Checkpoint
from models.teacher.config import TeacherConfig
from models.teacher.data import WindowRows, columns_of
from models.teacher.inputs import Batch, Reader, batch_of
from models.teacher.model import Teacher, scores_of
from models.teacher.network import FeatureScores, Network
from models.torch_state import seeded, threads

OnProgress = Callable[[int, int, str], None]
"""Told after each step: steps done, steps in all, and what is being done in a few words."""

FEATURE_BATCH: Final = 256
FEATURE_RATE: Final = 3e-3

Loss = Callable[[Network, Batch, float], torch.Tensor]
"""The mean loss of a batch, given the share of all steps that are done."""


def train(
    windows: Sequence[Window],
    validation: Sequence[Window],
    config: TeacherConfig,
    folder: Path,
    on_progress: OnProgress | None = None,
) -> Teacher:
    """Return a teacher: the epoch with the lowest loss on validation, calibrated there.

    After each epoch the run is written to ``folder``; called again with the same windows and settings it goes on from
    there, and ends as if it had never stopped. What the features reach alone counts as epoch 0.

    Args:
        windows: texts normalised, answers known.
        validation: windows of other groups, answers known, some with one and some without.
        config: shape and training.
        folder: where checkpoints go; the caller saves the teacher.
        on_progress: told after each step.

    Raises:
        EncoderMissingError: there is no such encoder.
        ValueError: there is no window, or one without an answer.
    """
    with threads(config.threads), seeded(config.seed):
        encoder, tokenizer = encoders.load(encoders.find(config.encoder))
        network = Network(encoder, config)
        reader = Reader(tokenizer, config)
        taught, judged = WindowRows(reader, windows), WindowRows(reader, validation)
        facts = (config.to_json(), windows, validation, features.VERSION)
        run = Run(network, config, folder, checkpoints.fingerprint_of(network, *facts))
        torch.manual_seed(config.seed)  # so that the features learn alike whatever stands beside them
        fit_features(network.features, taught, config)
        losses = run.fit(taught, lambda: judged_loss(network, judged), answer_loss, on_progress)
    return teacher_of(network, tokenizer, judged, config, {"validation_losses": losses, "windows": len(windows)})


def answer_loss(network: Network, batch: Batch, _done: float) -> torch.Tensor:
    """Return the cross entropy of the right answers."""
    return cross_entropy(network(batch), batch.answers)


def fit_features(module: FeatureScores, data: WindowRows, config: TeacherConfig) -> None:
    """Teach the features alone, on whole windows and on single pairs alike."""
    rows = [*data.whole, *data.singles]
    columns, present, answers = columns_of(rows)
    module.standardise(columns[present])
    tensors = torch.from_numpy(columns), torch.from_numpy(present), torch.from_numpy(answers)
    optimiser = torch.optim.AdamW(module.parameters(), lr=FEATURE_RATE, weight_decay=config.weight_decay)
    steps = -(-len(rows) // FEATURE_BATCH) * config.feature_epochs
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(steps, 1))
    for _ in range(config.feature_epochs):
        for chosen in torch.split(torch.randperm(len(rows)), FEATURE_BATCH):
            some, there, answer = (tensor[chosen] for tensor in tensors)
            optimiser.zero_grad()
            torch.autograd.backward(cross_entropy(module(some, there), answer))
            optimiser.step()
            schedule.step()


class Run:
    """One run over epochs: steps, checkpoints, the best epoch."""

    def __init__(self, network: Network, config: TeacherConfig, folder: Path, fingerprint: str) -> None:
        """Prepare a run of a network; ``fingerprint`` says which checkpoint in ``folder`` is its own."""
        self._network = network
        self._config = config
        self._folder = folder
        self._fingerprint = fingerprint
        self._optimiser = torch.optim.AdamW(groups_of(network, config))
        self._rates: list[float] = [group["lr"] for group in self._optimiser.param_groups]

    def fit(
        self, data: WindowRows, judge: Callable[[], float], loss: Loss, on_progress: OnProgress | None = None
    ) -> list[float]:
        """Leave in the network what was best, and return the loss on validation before and after each epoch."""
        found = checkpoints.load(self._folder, self._fingerprint)
        at = self._resumed(found) if found else self._begun(judge())
        while at.epoch < self._config.epochs and not self._given_up(at.losses):
            self._epoch(data, at.epoch, loss, on_progress)
            at.losses.append(judge())
            at.epoch += 1
            at.learned = checkpoints.state_of(self._network)
            if at.losses[-1] < min(at.losses[:-1]):
                at.best = at.learned
            at.optimiser = self._optimiser.state_dict()
            at.save(self._folder)
        checkpoints.restore(self._network, at.best)
        self._network.eval()
        return at.losses

    def _begun(self, loss: float) -> Checkpoint:
        state = checkpoints.state_of(self._network)
        return Checkpoint(self._fingerprint, 0, state, {}, state, [loss])

    def _resumed(self, found: Checkpoint) -> Checkpoint:
        checkpoints.restore(self._network, found.learned)
        self._optimiser.load_state_dict(found.optimiser)
        return found

    def _given_up(self, losses: list[float]) -> bool:
        best = losses.index(min(losses))
        return len(losses) - 1 - best >= self._config.patience + (best == 0)

    def _epoch(self, data: WindowRows, epoch: int, loss: Loss, on_progress: OnProgress | None) -> None:
        config, per_epoch = self._config, data.batches(self._config.batch_size)
        drawn = data.drawn(config.seed, epoch, config.windows_single_share, config.batch_size)
        torch.manual_seed(config.seed + epoch + 1)  # so that an epoch is the same after a restart
        self._network.train()
        for place, rows in enumerate(drawn, 1):
            step, steps = epoch * per_epoch + place, config.epochs * per_epoch
            value = self._step(loss(self._network, batch_of(rows), (step - 1) / steps), step, steps)
            if on_progress is not None:
                on_progress(step, steps, f"epoch {epoch + 1} of {config.epochs}, loss {value:.3f}")

    def _step(self, loss: torch.Tensor, step: int, steps: int) -> float:
        share = rate_share(step, steps, self._config.warm_up)
        for group, rate in zip(self._optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * share
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        parameters = [parameter for _, parameter in self._network.learned()]
        torch.nn.utils.clip_grad_norm_(parameters, self._config.gradient_norm_max)
        self._optimiser.step()
        return loss.item()


def rate_share(step: int, steps: int, warm_up: float) -> float:
    """Return the share of the highest learning rate at a step from 1: up along a line, then down to 0."""
    rising = max(warm_up * steps, 1.0)
    return step / rising if step < rising else max((steps - step) / max(steps - rising, 1.0), 0.0)


def groups_of(network: Network, config: TeacherConfig) -> list[dict[str, Any]]:
    """Return the parameters that learn in two groups.

    What begins at nothing learns at the rate of heads. The encoder and the features have learned before: at that rate
    they would first forget.
    """
    names = ("encoder.", "features.")
    before = [parameter for name, parameter in network.learned() if name.startswith(names)]
    new = [parameter for name, parameter in network.learned() if not name.startswith(names)]
    rates = ((before, config.learning_rate), (new, config.head_learning_rate))
    return [{"params": own, "lr": rate, "weight_decay": config.weight_decay} for own, rate in rates]


def judged_loss(network: Network, data: WindowRows) -> float:
    """Return the mean cross entropy of whole windows and of one pair from each, both counting half."""
    return sum(_cross_entropy(scores_of(network, rows), rows) for rows in (data.whole, data.one_of_each)) / 2.0


def teacher_of(
    network: Network, tokenizer: Any, judged: WindowRows, config: TeacherConfig, description: dict[str, Any]
) -> Teacher:
    """Return the teacher of a trained network, calibrated on windows it has not learned from."""
    scores = scores_of(network, judged.singles)
    odds, labels = scores[:, 1] - scores[:, 0], np.array([row.answer for row in judged.singles], np.float64)
    calibration = calibrate(odds, labels)
    threshold = best_threshold(calibration.probabilities(odds), labels)
    return Teacher(
        network,
        tokenizer,
        config,
        threshold=threshold,
        calibration=calibration,
        temperature=_temperature(scores_of(network, judged.whole), judged),
        description=description,
    )


def _temperature(scores: NDArray[np.float64], judged: WindowRows) -> float:
    """Return what to divide scores by for the greatest likelihood. Source: Guo et al., ICML 2017, section 4.2."""
    found = minimize_scalar(lambda log: _cross_entropy(scores / exp(log), judged.whole), bounds=(-2.0, 2.0))
    return exp(float(found.x))


def _cross_entropy(scores: NDArray[np.float64], rows: Sequence[Any]) -> float:
    answers = torch.tensor([row.answer for row in rows])
    return cross_entropy(torch.from_numpy(scores), answers).item()
