"""Cuts a teacher short and lets what is left learn from the whole. Knows teachers and windows.

After Aguilar et al., "Knowledge Distillation from Internal Representations", AAAI 2020: layers learn from layers by
the cosine of what they put out, from the bottom up and stacked (each stage keeps the losses of those before), then
the output learns from the output. Compared are ``[CLS]`` and the mean of each turn; the paper's second loss, on
attention, is left out, since it needs the attention weights, which fast encoders never write down.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch.nn.functional import cosine_similarity, cross_entropy, log_softmax, softmax

from models import features
from models.encoder_student.config import ShortConfig
from models.pairs import Window
from models.teacher import checkpoints, encoders
from models.teacher.config import TeacherConfig
from models.teacher.data import WindowRows
from models.teacher.heads import pooled_turns, said_in
from models.teacher.inputs import Batch, Reader
from models.teacher.model import Teacher
from models.teacher.network import Network
from models.teacher.training import OnProgress, Run, judged_loss, teacher_of
from models.torch_state import seeded, threads


def shorten(
    teacher: Teacher,
    windows: Sequence[Window],
    validation: Sequence[Window],
    config: ShortConfig,
    folder: Path,
    *,
    on_progress: OnProgress | None = None,
) -> Teacher:
    """Return a teacher with fewer layers that has learned from a whole one.

    Args:
        teacher: stays as it is.
        windows: texts normalised; answers may be known or not.
        validation: windows of other groups, answers known.
        config: shape and training.
        folder: where checkpoints go, another one than the teacher's.
        on_progress: told after each step.

    Raises:
        ValueError: the teacher has not the layers that are named, or there is no window.
    """
    shape = config_of(teacher.config, config)
    with threads(shape.threads), seeded(config.seed):
        network = cut_short(teacher.network, config.layers, shape)
        reader = Reader(teacher.tokenizer, shape)
        taught, judged = WindowRows(reader, windows, answered=False), WindowRows(reader, validation)
        facts = (shape.to_json(), config, windows, validation, features.VERSION)
        run = Run(network, shape, folder, checkpoints.fingerprint_of(teacher.network, *facts))
        lesson = Lesson(teacher.network, config)
        losses = run.fit(taught, lambda: judged_loss(network, judged), lesson.loss, on_progress)
    return teacher_of(network, teacher.tokenizer, judged, shape, {"validation_losses": losses, "from": teacher.name})


def config_of(whole: TeacherConfig, config: ShortConfig) -> TeacherConfig:
    """Return the configuration of the short teacher: as the whole one, but for what is chosen anew."""
    return replace(
        whole,
        name=config.name,
        layers_trained=len(config.layers),
        epochs=config.epochs,
        learning_rate=config.learning_rate,
        head_learning_rate=config.head_learning_rate,
        seed=config.seed,
        patience=config.epochs,
    )


def cut_short(network: Network, layers: Sequence[int], shape: TeacherConfig) -> Network:
    """Return a copy of a network with some of its encoder's layers.

    Raises:
        ValueError: it has fewer layers.
    """
    count = len(encoders.layers_of(network.encoder))
    if max(layers) >= count:
        message = f"layers must be below {count}, which is how many the teacher has, not {tuple(layers)}"
        raise ValueError(message)
    short = Network(encoders.cut_short(network.encoder, layers), shape)
    for part in ("features", "marks", "head"):
        getattr(short, part).load_state_dict(getattr(network, part).state_dict())
    return short


class Lesson:
    """What a short network learns from a whole one, step by step."""

    def __init__(self, teacher: Network, config: ShortConfig) -> None:
        """Take the network to learn from, which is left as it is."""
        self._teacher = teacher.eval()
        self._config = config

    def loss(self, network: Network, batch: Batch, done: float) -> torch.Tensor:
        """Return the loss of a batch, given the share of all steps that are done."""
        config = self._config
        with torch.no_grad():
            wanted = self._teacher.states(batch, all_layers=True)
            opinion = self._teacher.scored(batch, wanted[-1])
        own = network.states(batch, all_layers=True)
        total = torch.zeros(())
        if config.internal_share > 0.0:
            stage = min(int(done / config.internal_share * len(config.layers)), len(config.layers) - 1)
            for place in range(stage + 1):
                total = total + state_distance(own[place], wanted[config.layers[place]], batch)
        if done >= config.internal_share:
            total = total + output_distance(network.scored(batch, own[-1]), opinion, batch, config)
        return total


def state_distance(own: torch.Tensor, wanted: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Return 1 minus the cosine of two layers' outputs, the mean over ``[CLS]`` and the turns that say something.

    Both of shape ``(n, length, size)``. Source: Aguilar et al., AAAI 2020, equation 3, there for ``[CLS]`` alone.
    """
    _, roles, turns, *_ = batch.marks
    pairs = [(states[:, :1], pooled_turns(states, roles, turns)) for states in (own, wanted)]
    first, second = (torch.cat(parts, dim=1) for parts in pairs)
    there = torch.cat((torch.ones_like(roles[:, :1], dtype=torch.bool), said_in(roles, turns).any(dim=2)), dim=1)
    return (1.0 - cosine_similarity(first, second, dim=2))[there].mean()


def output_distance(own: torch.Tensor, opinion: torch.Tensor, batch: Batch, config: ShortConfig) -> torch.Tensor:
    """Return the cross entropy with a teacher's shares, mixed with that of the answers where they are known.

    Both of shape ``(n, 1 + LATER_TURNS_MAX)``. Source: Hinton, Vinyals & Dean, 2015, section 2, whose factor of the
    temperature squared keeps gradients as large as those of the answers.
    """
    heat = config.temperature
    soft = -(softmax(opinion / heat, dim=1) * log_softmax(own / heat, dim=1)).sum(dim=1).mean() * heat * heat
    known = batch.answers >= 0
    if not known.any():
        return soft
    hard = cross_entropy(own[known], batch.answers[known])
    return (1.0 - config.answers_share) * soft + config.answers_share * hard
