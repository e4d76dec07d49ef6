"""Both heads: what they sum, and that they begin at nothing."""

from math import exp, log

import pytest
import torch
from torch import nn

from models.teacher.heads import PointerHead, SpanHead, pooled_turns
from models.teacher.inputs import Role
from models.torch_state import seeded

# [CLS] source source [SEP] later later later reply [SEP] later [SEP]
ROLES = torch.tensor([[0, 1, 1, 0, 1, 1, 1, 2, 0, 1, 0]])
TURNS = torch.tensor([[0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2]])
SIZE = 6


def states() -> torch.Tensor:
    """Return some output of an encoder."""
    with seeded(1):
        return torch.randn(1, ROLES.shape[1], SIZE)


def awake(head: nn.Module) -> nn.Module:
    """Return a head as if it had learned something."""
    with seeded(2), torch.no_grad():
        for parameter in head.parameters():
            parameter.normal_()
    return head.eval()


@pytest.mark.parametrize("kind", [PointerHead, SpanHead])
def test_a_head_that_has_learned_nothing_adds_nothing(kind: type[PointerHead | SpanHead]) -> None:
    """Before training every turn and none score 0, however long the turns are."""
    scores = kind(SIZE, 4, 0.0)(states(), ROLES, TURNS)
    assert scores[:, :3].abs().max().item() < 1e-6


@pytest.mark.parametrize("kind", [PointerHead, SpanHead])
def test_gradients_reach_a_head_that_has_learned_nothing(kind: type[PointerHead | SpanHead]) -> None:
    """A head that begins at 0 can leave it: its last layer gets a gradient, and none is without a number."""
    head = kind(SIZE, 4, 0.0)
    torch.autograd.backward(head(states(), ROLES, TURNS)[:, :3].softmax(dim=1)[0, 1])
    gradients = [parameter.grad for parameter in head.parameters() if parameter.grad is not None]
    assert all(gradient.isfinite().all() for gradient in gradients)
    assert any(gradient.abs().max() > 0.0 for gradient in gradients)


def test_a_turn_scores_as_its_spans_do_on_average() -> None:
    """The score is the logarithm of the mean over all spans inside the turn, start not after end."""
    head = awake(SpanHead(SIZE, 4, 0.0))
    assert isinstance(head, SpanHead)
    start, end, _ = head.tokens(states(), ROLES, TURNS)
    places = (4, 5, 6)
    spans = [exp(start[0, s].item() + end[0, e].item()) for s in places for e in places if s <= e]
    scores = head(states(), ROLES, TURNS)
    assert scores[0, 1].item() == pytest.approx(log(sum(spans) / len(spans)), rel=1e-4)
    assert scores[0, 0].item() == pytest.approx((start[0, 0] + end[0, 0]).item(), rel=1e-5)


def test_a_turn_is_the_mean_of_what_it_says() -> None:
    """Replies and marks between turns are left out; a turn that is not there is 0."""
    given = states()
    pooled = pooled_turns(given, ROLES, TURNS)
    assert int(Role.SAID) == 1
    assert torch.allclose(pooled[0, 1], given[0, 4:7].mean(dim=0))
    assert torch.equal(pooled[0, 3], torch.zeros(SIZE))
