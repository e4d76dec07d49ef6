"""Training a teacher: it begins as its features, can be ended and gone on with, and is the same each time."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from msgspec.structs import replace as with_

from models.pairs import Window
from models.teacher import checkpoints, encoders
from models.teacher.config import TeacherConfig
from models.teacher.inputs import Reader, batch_of
from models.teacher.model import Teacher
from models.teacher.network import Network
from models.teacher.training import rate_share, train
from tests.models.teacher.made import windows

TAUGHT, JUDGED = windows(80), windows(40, seed=1)


def weights(teacher: Teacher) -> dict[str, Any]:
    """Return all that a teacher's network holds."""
    return {name: tensor.numpy() for name, tensor in teacher.network.state_dict().items()}


def same(first: Teacher, second: Teacher) -> bool:
    """Return whether two teachers are the same to the last bit."""
    one, other = weights(first), weights(second)
    alike = all(np.array_equal(one[name], other[name]) for name in one.keys() | other.keys())
    return alike and (first.threshold, first.calibration) == (second.threshold, second.calibration)


@pytest.mark.parametrize("head", ["pointer", "span"])
def test_before_the_encoder_learns_the_teacher_is_its_features(config: TeacherConfig, head: Any) -> None:
    """A new network scores every window as its features alone do."""
    encoder, tokenizer = encoders.load(Path(config.encoder))
    network = Network(encoder, replace(config, head=head)).eval()
    batch = batch_of(Reader(tokenizer, config).rows(JUDGED))
    with torch.no_grad():
        assert torch.allclose(network(batch), network.features(batch.columns, batch.present), atol=1e-5)


def test_marks_reach_the_scores(teacher: Teacher) -> None:
    """What happened is not lost beside the words: other marks give other outputs of the encoder."""
    batch = batch_of(Reader(teacher.tokenizer, teacher.config).rows(JUDGED[:1]))
    with torch.no_grad():
        before = teacher.network.states(batch)[-1]
        batch.marks[4] += 1
        assert not torch.equal(before, teacher.network.states(batch)[-1])


def test_only_the_upper_layers_learn(config: TeacherConfig, teacher: Teacher) -> None:
    """Word vectors and lower layers are after training what they were; upper layers are not."""
    encoder, _ = encoders.load(Path(config.encoder))
    before = {f"encoder.{name}": tensor for name, tensor in encoder.state_dict().items()}
    changed = {name for name, tensor in before.items() if not np.array_equal(tensor.numpy(), weights(teacher)[name])}
    assert changed
    assert all(".layer.1." in name for name in changed)


def test_the_same_windows_and_seed_give_the_same_teacher(
    config: TeacherConfig, teacher: Teacher, tmp_path: Path
) -> None:
    """Training again gives the same bits; another seed does not."""
    assert same(train(TAUGHT, JUDGED, config, tmp_path / "again"), teacher)
    assert not same(train(TAUGHT, JUDGED, replace(config, seed=1), tmp_path / "other"), teacher)


class EndedError(Exception):
    """The process was ended."""


def test_a_run_that_was_ended_goes_on_as_if_it_never_stopped(
    config: TeacherConfig, teacher: Teacher, tmp_path: Path
) -> None:
    """Ended in the second epoch and called again, it learns the second epoch only and ends with the same bits."""
    steps: list[int] = []

    def end(done: int, _total: int, message: str) -> None:
        if message.startswith("epoch 2"):
            raise EndedError
        steps.append(done)

    with pytest.raises(EndedError):
        train(TAUGHT, JUDGED, config, tmp_path, end)
    again: list[int] = []
    resumed = train(TAUGHT, JUDGED, config, tmp_path, lambda done, _total, _message: again.append(done))
    assert (len(steps), again[0]) == (10, 11)
    assert same(resumed, teacher)


def test_a_checkpoint_of_other_windows_is_not_gone_on_with(config: TeacherConfig, tmp_path: Path) -> None:
    """In a folder of another run, training begins with its first step."""
    train(TAUGHT[:40], JUDGED, config, tmp_path)
    steps: list[int] = []
    train(TAUGHT, JUDGED, config, tmp_path, lambda done, _total, _message: steps.append(done))
    assert steps[0] == 1


def test_a_checkpoint_that_is_cut_short_is_not_gone_on_with(
    config: TeacherConfig, teacher: Teacher, tmp_path: Path
) -> None:
    """Half a checkpoint counts as none: training begins anew and ends the same."""
    train(TAUGHT, JUDGED, config, tmp_path)
    path = tmp_path / checkpoints.FILE
    path.write_bytes(path.read_bytes()[:1000])
    assert same(train(TAUGHT, JUDGED, config, tmp_path), teacher)


def test_training_ends_when_validation_gets_no_better(config: TeacherConfig, tmp_path: Path) -> None:
    """With rates that ruin the network, the run ends before its last epoch."""
    ruinous = replace(config, epochs=9, learning_rate=1.0, head_learning_rate=1.0, warm_up=0.0)
    losses = train(TAUGHT[:24], JUDGED[:12], ruinous, tmp_path).description["validation_losses"]
    assert losses.index(min(losses)) < len(losses) - 1 < 9


@pytest.mark.parametrize("given", [[], [with_(TAUGHT[0], answer=None)]])
def test_windows_to_learn_from_need_answers(config: TeacherConfig, tmp_path: Path, given: list[Window]) -> None:
    """Nothing to learn from, and a window whose answer nobody knows, are errors."""
    with pytest.raises(ValueError, match=r"answer|window"):
        train(given, JUDGED, config, tmp_path)


def test_rates_rise_and_fall() -> None:
    """The learning rate rises to its highest after the warm-up and ends at 0."""
    shares = [rate_share(step, 100, 0.1) for step in range(1, 101)]
    assert shares[9] == max(shares) == 1.0
    assert shares[-1] == 0.0
    assert all(first < second for first, second in pairwise(shares[:10]))
