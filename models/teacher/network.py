"""The teacher's network: features, and beside them an encoder that reads the whole window. Knows tensors.

The features of a turn alone give it a score; the encoder adds to it. Trained in this order, the encoder has only to
learn what the features cannot see.
"""

from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.features import COLUMNS
from models.teacher.config import TeacherConfig
from models.teacher.encoders import layers_of
from models.teacher.heads import FAR_BELOW, PointerHead, SpanHead
from models.teacher.inputs import FLAGS, GAPS, TURNS, Batch, Role

CUT: Final = 8.0
"""Standard deviations at which a feature is cut."""

DEVIATION_MIN: Final = 1e-3
"""Columns that hardly vary are not blown up to the size of others."""


class FeatureScores(nn.Module):
    """Scores of each later turn by its features alone; none scores 0."""

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, width: int) -> None:
        """Make it for the columns of ``models.features``."""
        super().__init__()
        self.register_buffer("mean", torch.zeros(len(COLUMNS)))
        self.register_buffer("deviation", torch.ones(len(COLUMNS)))
        self.layers = nn.Sequential(nn.Linear(len(COLUMNS), width), nn.ReLU(), nn.Linear(width, 1))

    def standardise(self, columns: NDArray[np.float32]) -> None:
        """Take mean and deviation from a matrix of features, shape ``(pairs, columns)``."""
        deviation = columns.std(axis=0, dtype=np.float64)
        deviation[deviation < DEVIATION_MIN] = 1.0
        self.mean.copy_(torch.from_numpy(columns.mean(axis=0, dtype=np.float64)))
        self.deviation.copy_(torch.from_numpy(deviation))

    def forward(self, columns: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        """Return scores, shape ``(n, 1 + LATER_TURNS_MAX)``, far below all others where there is no turn.

        Args:
            columns: shape ``(n, LATER_TURNS_MAX, columns)``.
            present: shape ``(n, LATER_TURNS_MAX)``.
        """
        scaled = ((columns - self.mean) / self.deviation).clamp(-CUT, CUT)
        scores = self.layers(scaled).squeeze(2).masked_fill(~present, FAR_BELOW)
        return torch.cat((torch.zeros_like(scores[:, :1]), scores), dim=1)


class Network(nn.Module):
    """Features and encoder together."""

    def __init__(self, encoder: nn.Module, config: TeacherConfig) -> None:
        """Put heads on an encoder; before training it scores as its features do.

        Args:
            encoder: as :mod:`models.teacher.encoders` loads it.
            config: shape; ``layers_trained`` upper layers learn, all below stays as it is.
        """
        super().__init__()
        settings: Any = encoder.config
        self.encoder = encoder
        self.features = FeatureScores(config.width)
        self.marks = nn.ModuleList([_zeros(count, settings.hidden_size) for count in _MARK_COUNTS])
        head = SpanHead if config.head == "span" else PointerHead
        self.head = head(settings.hidden_size, config.width, config.dropout)
        self._first_trained = max(settings.num_hidden_layers - config.layers_trained, 0)
        self._freeze()
        self._added: torch.Tensor | None = None
        # The marks come in where training begins: were it below, gradients would have to pass the frozen layers.
        layers_of(encoder)[min(self._first_trained, settings.num_hidden_layers - 1)].register_forward_pre_hook(
            self._add
        )

    def forward(self, batch: Batch) -> torch.Tensor:
        """Return scores of none and of each later turn, shape ``(n, 1 + LATER_TURNS_MAX)``; softmax gives shares."""
        return self.scored(batch, self.states(batch)[-1])

    def scored(self, batch: Batch, states: torch.Tensor) -> torch.Tensor:
        """Return scores as :meth:`forward` does, from the encoder's last output, shape ``(n, length, size)``."""
        scores = self.features(batch.columns, batch.present)
        added = self.head(states, batch.marks[1], batch.marks[2])
        none, later = added[:, :1], added[:, 1:].masked_fill(~batch.present, 0.0)
        together: torch.Tensor = scores + torch.cat((none, later), dim=1)
        return together

    def states(self, batch: Batch, *, all_layers: bool = False) -> tuple[torch.Tensor, ...]:
        """Return the output of each layer, or of the last alone, each of shape ``(n, length, size)``."""
        tokens, *marks = batch.marks
        self._added = torch.stack([table(mark) for table, mark in zip(self.marks, marks, strict=True)]).sum(dim=0)
        output = self.encoder(input_ids=tokens, attention_mask=batch.mask.long(), output_hidden_states=all_layers)
        self._added = None
        return tuple(output.hidden_states[1:]) if all_layers else (output.last_hidden_state,)

    def train(self, mode: bool = True) -> "Network":  # noqa: FBT001, FBT002 - torch's own signature
        """Set the mode of all that learns; what is frozen always runs as in use."""
        super().train(mode)
        if mode:
            self.encoder.eval()
            for layer in layers_of(self.encoder)[self._first_trained :]:
                layer.train()
        return self

    def learned(self) -> list[tuple[str, nn.Parameter]]:
        """Return the parameters that learn, by name."""
        return [(name, parameter) for name, parameter in self.named_parameters() if parameter.requires_grad]

    def _freeze(self) -> None:
        self.encoder.requires_grad_(requires_grad=False)
        for layer in layers_of(self.encoder)[self._first_trained :]:
            layer.requires_grad_(requires_grad=True)

    def _add(self, _layer: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        states, *others = inputs
        return (states if self._added is None else states + self._added, *others)


def _zeros(count: int, size: int) -> nn.Embedding:
    table = nn.Embedding(count, size)
    nn.init.zeros_(table.weight)
    return table


_MARK_COUNTS: Final = (len(Role), TURNS, GAPS, FLAGS)
"""Values of each mark beside a token: role, turn, gap, flags."""
