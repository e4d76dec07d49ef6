"""A teacher cut short: what it begins with, and what it learns from the inside of the whole one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from msgspec.structs import replace as with_

from models.encoder_student.config import ShortConfig
from models.encoder_student.training import Lesson, config_of, cut_short, shorten, state_distance
from models.pairs import LATER_TURNS_MAX
from models.teacher import encoders
from models.teacher.config import TeacherConfig
from models.teacher.inputs import Batch, Reader, batch_of
from models.teacher.model import Teacher
from models.teacher.network import Network
from models.torch_state import seeded
from tests.models.teacher.made import REPLIES, WORDS, windows
from tests.models.tiny_encoder import write_encoder

TAUGHT, JUDGED = windows(80), windows(40, seed=1)
SHORT = ShortConfig(layers=(1, 3), epochs=2)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Teacher:
    """Return a teacher of four layers that was taught nothing: its heads put out something all the same."""
    folder = write_encoder(tmp_path_factory.mktemp("encoder"), (*WORDS, *REPLIES), layers=4)
    encoder, tokenizer = encoders.load(folder)
    config = TeacherConfig(layers_trained=2, width=8, batch_size=8, dropout=0.0, threads=1)
    with seeded(3), torch.no_grad():
        network = Network(encoder, config)
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return Teacher(network, tokenizer, config)


@pytest.fixture(scope="module")
def batch(teacher: Teacher) -> Batch:
    """Return some windows."""
    return batch_of(Reader(teacher.tokenizer, teacher.config).rows(JUDGED))


def distances(network: Network, teacher: Teacher, batch: Batch) -> list[float]:
    """Return how far each layer's output is from that of the teacher's layer it learns from."""
    network.eval()
    with torch.no_grad():
        own, whole = network.states(batch, all_layers=True), teacher.network.states(batch, all_layers=True)
        pairs = zip(own, (whole[layer] for layer in SHORT.layers), strict=True)
        return [state_distance(first, second, batch).item() for first, second in pairs]


def test_it_begins_as_layers_of_the_whole_one(teacher: Teacher) -> None:
    """Each layer has the weights of the layer it is named for, and all else is as in the teacher."""
    short = cut_short(teacher.network, SHORT.layers, config_of(teacher.config, SHORT)).state_dict()
    whole = teacher.network.state_dict()
    for name, tensor in short.items():
        origin = name.replace("layer.0.", "layer.A.").replace("layer.1.", "layer.3.").replace("layer.A.", "layer.1.")
        assert torch.equal(tensor, whole[origin]), name
    assert len(short) < len(whole)


def test_cutting_leaves_the_teacher_as_it_was(teacher: Teacher, batch: Batch) -> None:
    """The whole network scores the same before, during and after the short one learns."""
    with torch.no_grad():
        before = teacher.network(batch)
        short = cut_short(teacher.network, SHORT.layers, config_of(teacher.config, SHORT))
        loss = Lesson(teacher.network, SHORT).loss(short, batch, 0.9)
        assert torch.equal(teacher.network(batch), before)
    assert loss.isfinite()


def test_layers_learn_to_put_out_what_the_teachers_do(teacher: Teacher, batch: Batch) -> None:
    """Learning from the inside brings both layers nearer to the teacher's."""
    config = replace(SHORT, internal_share=1.0)
    before = distances(cut_short(teacher.network, SHORT.layers, config_of(teacher.config, config)), teacher, batch)
    network = cut_short(teacher.network, SHORT.layers, config_of(teacher.config, config))
    lesson = Lesson(teacher.network, config)
    optimiser = torch.optim.Adam([parameter for _, parameter in network.learned()], lr=1e-2)
    for step in range(30):
        optimiser.zero_grad()
        torch.autograd.backward(lesson.loss(network, batch, step / 30))
        optimiser.step()
    after = distances(network, teacher, batch)
    assert all(later < 0.7 * earlier for earlier, later in zip(before, after, strict=True))


def test_stages_go_from_the_bottom_up_and_then_to_the_output(teacher: Teacher, batch: Batch) -> None:
    """First the lower layer's loss counts alone, then both, then the output's as well."""
    network = cut_short(teacher.network, SHORT.layers, config_of(teacher.config, SHORT)).eval()
    low, high = distances(network, teacher, batch)
    lesson = Lesson(teacher.network, SHORT)
    with torch.no_grad():
        first, second, last = (lesson.loss(network, batch, done).item() for done in (0.0, 0.3, 0.7))
    assert first == pytest.approx(low, rel=1e-4)
    assert second == pytest.approx(low + high, rel=1e-4)
    assert last > second


def test_a_short_teacher_is_a_teacher(teacher: Teacher, tmp_path: Path) -> None:
    """It scores, chooses, and comes back from its folder with two layers and the same scores."""
    short = shorten(teacher, TAUGHT, JUDGED, SHORT, tmp_path / "run")
    short.save(tmp_path / "short")
    again = Teacher.load(tmp_path / "short")
    assert len(encoders.layers_of(again.network.encoder)) == 2
    assert short.name == SHORT.name
    assert np.array_equal(again.choose(JUDGED), short.choose(JUDGED))
    assert short.choose(JUDGED).shape == (40, 1 + LATER_TURNS_MAX)


def test_windows_to_learn_from_need_no_answers(teacher: Teacher, tmp_path: Path) -> None:
    """Where nobody knows the answer, the teacher's opinion alone is learned from."""
    unknown = [with_(window, answer=None) for window in TAUGHT]
    short = shorten(teacher, unknown, JUDGED, replace(SHORT, epochs=1), tmp_path)
    assert len(short.description["validation_losses"]) == 2


def test_layers_that_a_teacher_does_not_have_are_refused(teacher: Teacher, tmp_path: Path) -> None:
    """Naming a layer beyond the last is an error that says how many there are."""
    with pytest.raises(ValueError, match="below 4"):
        shorten(teacher, TAUGHT, JUDGED, replace(SHORT, layers=(1, 4)), tmp_path)


@pytest.mark.parametrize("change", [{"layers": ()}, {"layers": (3, 1)}, {"internal_share": 2.0}, {"epochs": 0}])
def test_settings_out_of_range_are_refused_by_name(change: dict[str, Any]) -> None:
    """A value that cannot be trained with is an error that names it."""
    with pytest.raises(ValueError, match=next(iter(change))):
        replace(SHORT, **change)
