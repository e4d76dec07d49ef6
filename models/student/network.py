"""The student while it learns: the same function as ``models.student.exact``, in torch. Knows tensors, no pair."""

from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn

from models.student.config import StudentConfig


class Network(nn.Module):
    """Layers with max(0, x) between them over standardised columns, and hashed words beside these if wanted.

    Attributes:
        config: its shape.
        mean: of each column, shape ``(columns,)``.
        deviation: standard deviation of each column, shape ``(columns,)``.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, columns: int, config: StudentConfig) -> None:
        """Make a network with random weights, taken from torch's default generator."""
        super().__init__()
        self.config = config
        self.register_buffer("mean", torch.zeros(columns))
        self.register_buffer("deviation", torch.ones(columns))
        self.hide = nn.Dropout(config.dropout)
        self.words = nn.EmbeddingBag(config.buckets, config.dimension, mode="mean") if config.buckets else None
        widths = (columns + (config.dimension if config.buckets else 0), *config.hidden, 1)
        self.layers = nn.ModuleList(nn.Linear(inputs, outputs) for inputs, outputs in pairwise(widths))
        if self.words is not None:
            nn.init.normal_(self.words.weight, std=0.01)

    def linear(self) -> Iterator[nn.Linear]:
        """Yield the layers, first to last."""
        yield from (layer for layer in self.layers if isinstance(layer, nn.Linear))

    def forward(self, columns: Tensor, rows: Tensor | None = None, starts: Tensor | None = None) -> Tensor:
        """Return log odds, shape ``(n,)``; while training, with some columns hidden.

        Args:
            columns: standardised and cut, shape ``(n, columns)``.
            rows: rows of the words of all pairs, shape ``(words,)``; only with ``buckets``.
            starts: where in ``rows`` each pair begins, shape ``(n,)``; only with ``buckets``.
        """
        values: Tensor = self.hide(columns)
        if self.words is not None:
            values = torch.cat((values, self.words(rows, starts)), dim=1)
        for place, layer in enumerate(self.layers):
            values = layer(values.relu() if place else values)
        return values.squeeze(1)
