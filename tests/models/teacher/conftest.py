"""A teacher of a tiny encoder, trained in a second."""

from pathlib import Path

import pytest

from models.teacher.config import TeacherConfig
from models.teacher.model import Teacher
from models.teacher.training import train
from tests.models.teacher.made import REPLIES, WORDS, windows
from tests.models.tiny_encoder import write_encoder


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny encoder that knows the words of the made windows."""
    return write_encoder(tmp_path_factory.mktemp("encoder"), (*WORDS, *REPLIES))


@pytest.fixture(scope="session")
def config(encoder: Path) -> TeacherConfig:
    """Return settings for a quick run."""
    return TeacherConfig(
        encoder=str(encoder),
        layers_trained=1,
        width=8,
        feature_epochs=30,
        epochs=2,
        batch_size=8,
        head_learning_rate=1e-2,
        threads=1,
    )


@pytest.fixture(scope="session")
def teacher(config: TeacherConfig, tmp_path_factory: pytest.TempPathFactory) -> Teacher:
    """Return a trained teacher."""
    return train(windows(80), windows(40, seed=1), config, tmp_path_factory.mktemp("run"))
