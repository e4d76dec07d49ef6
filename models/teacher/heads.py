"""From an encoder's output to one score a later turn and one for none. Knows tensors, no window.

Both heads put out 0 everywhere before they have learned anything, so that what stands beside them decides alone.
"""

from typing import Final, Protocol

import torch
from torch import nn

from models.pairs import LATER_TURNS_MAX
from models.teacher.inputs import Role

FAR_BELOW: Final = -1e4
"""A score that no softmax sees, finite, so that no gradient becomes infinite."""


class Head(Protocol):
    """What both heads do."""

    def __call__(self, states: torch.Tensor, roles: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
        """Return scores of none and of each later turn, shape ``(n, 1 + LATER_TURNS_MAX)``.

        Args:
            states: the encoder's last output, shape ``(n, length, size)``.
            roles: what each token is, shape ``(n, length)``.
            turns: the turn of each token, 0 the source, shape ``(n, length)``.
        """


class PointerHead(nn.Module):
    """Points at a turn: the mean of what it says, beside what it has in common with the source."""

    def __init__(self, size: int, width: int, dropout: float) -> None:
        """Make a head that puts out 0."""
        super().__init__()
        self.turn = _zero_in_the_end(2 * size, width, dropout, 1)
        self.none = _zero_in_the_end(size, width, dropout, 1)

    def forward(self, states: torch.Tensor, roles: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
        """Return scores, see :class:`Head`."""
        pooled = pooled_turns(states, roles, turns)
        later = pooled[:, 1:]
        together = torch.cat((later, later * pooled[:, :1]), dim=2)
        return torch.cat((self.none(states[:, 0]), self.turn(together).squeeze(2)), dim=1)


class SpanHead(nn.Module):
    """Finds where the rewording starts and ends; a turn scores as its spans do on average.

    ``[CLS]`` stands for none. A span lies within what one turn says, its start not after its end.
    Source: Wang et al., "Contextual Rephrase Detection for Reducing Friction in Dialogue Systems", EMNLP 2021; that a
    turn sums over its spans is ours, and so is the mean, without which long turns would begin with higher scores.
    """

    def __init__(self, size: int, width: int, dropout: float) -> None:
        """Make a head that puts out 0."""
        super().__init__()
        self.ends = _zero_in_the_end(2 * size, width, dropout, 2)

    def forward(self, states: torch.Tensor, roles: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
        """Return scores, see :class:`Head`."""
        start, end, inside = self.tokens(states, roles, turns)
        begun = torch.logcumsumexp(start.unsqueeze(1).masked_fill(~inside, FAR_BELOW), dim=2)
        spans = (begun + end.unsqueeze(1)).masked_fill(~inside, FAR_BELOW)
        count = inside.sum(dim=2).clamp(min=1)
        scores = torch.logsumexp(spans, dim=2) - torch.log(count * (count + 1) / 2.0)
        none = start[:, :1] + end[:, :1]
        return torch.cat((none, scores), dim=1)

    def tokens(
        self, states: torch.Tensor, roles: torch.Tensor, turns: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return scores of each token as a start and as an end, shape ``(n, length)``, and where spans may lie.

        The last is True where a token is said in a later turn, shape ``(n, LATER_TURNS_MAX, length)``.
        """
        source = pooled_turns(states, roles, turns)[:, :1]
        both = self.ends(torch.cat((states, states * source), dim=2))
        return both[..., 0], both[..., 1], said_in(roles, turns)[:, 1:]


def said_in(roles: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    """Return where a token is said in a turn, shape ``(n, 1 + LATER_TURNS_MAX, length)``."""
    numbers = torch.arange(LATER_TURNS_MAX + 1).view(1, -1, 1)
    return (roles == Role.SAID).unsqueeze(1) & (turns.unsqueeze(1) == numbers)


def pooled_turns(states: torch.Tensor, roles: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    """Return the mean state of what each turn says, shape ``(n, 1 + LATER_TURNS_MAX, size)``; 0 for no turn."""
    inside = said_in(roles, turns).to(states.dtype)
    return torch.bmm(inside, states) / inside.sum(dim=2, keepdim=True).clamp(min=1.0)


def _zero_in_the_end(size: int, width: int, dropout: float, outputs: int) -> nn.Sequential:
    last = nn.Linear(width, outputs)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(nn.Dropout(dropout), nn.Linear(size, width), nn.GELU(), last)
