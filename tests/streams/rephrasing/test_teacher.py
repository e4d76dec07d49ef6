"""A real teacher beside a student: read from its folder, asked in the stream's way. Loads torch, so it is slow."""

from pathlib import Path

import pytest

from streams.rephrasing.choosing import scorer_of
from streams.rephrasing.naming import model_named
from streams.rephrasing.settings import RephraseSettings
from streams.rephrasing.telling import OPINION_ASKED, OPINION_PAIRS, facts_of
from tests.streams.rephrasing.students import pair, saved

pytestmark = pytest.mark.slow

PAIRS = [pair("play maroon five", f"play maroon {number} again"[: 12 + number]) for number in range(9)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a teacher that has learned nothing."""
    # Loads torch, which only slow tests may.
    from models.teacher import encoders  # noqa: PLC0415
    from models.teacher.config import TeacherConfig  # noqa: PLC0415
    from models.teacher.model import Teacher  # noqa: PLC0415
    from models.teacher.network import Network  # noqa: PLC0415
    from tests.models.tiny_encoder import write_encoder  # noqa: PLC0415

    made = tmp_path_factory.mktemp("teacher")
    encoder = write_encoder(made / "encoder", ["play maroon five again"])
    config = TeacherConfig()
    Teacher(Network(encoders.untrained(encoder), config), encoders.load_tokenizer(encoder), config).save(made / "own")
    return made / "own"


def test_a_teacher_is_asked_beside_a_student(folder: Path, tmp_path: Path) -> None:
    """Both names are told, every pair within the budget is asked about, and cutting a batch changes no bit."""
    settings = RephraseSettings(
        rephrase_model=saved(tmp_path / "own", "own-1", 0.2),
        second_opinion_model=str(folder),
        second_opinion_share=1.0,
    )
    both = scorer_of(settings)
    whole = both.score(PAIRS).tolist()
    assert facts_of(both) == {OPINION_PAIRS: len(PAIRS), OPINION_ASKED: len(PAIRS)}
    assert [float(both.score([each])[0]) for each in PAIRS] == whole
    assert both.name == "own-1+teacher-1"


def test_a_teachers_folder_may_be_named_where_a_model_is(folder: Path) -> None:
    """A teacher scores pairs in a file like any other model."""
    assert model_named(str(folder), "int8", "--model").name == "teacher-1"
