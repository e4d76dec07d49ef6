"""Rules of the comparison of what models change in what is learned."""

from pathlib import Path

import pytest

from streams.configuring.refusal import SettingsError
from streams.rephrasing.telling import OPINION_ASKED, OPINION_PAIRS
from tests.bench.evaluate import total_of
from tests.bench.evaluate_effect import COLUMNS, Way, calls_row, seed_row, ways_of
from tests.bench.seeds import Task, run_seed
from tests.models.tiny_encoder import write_encoder

TURNS = 1_000


def test_a_teacher_is_asked_by_the_last_model() -> None:
    """All models act alone, and the last once more with the teacher, within the share given."""
    alone, last, both = ways_of(["rules", "models/mine.safetensors"], "a/teacher", 0.1)
    assert (alone.sets, last.sets) == (("rephrase_model=rules",), ("rephrase_model=models/mine.safetensors",))
    assert both.name == "models/mine.safetensors + teacher"
    assert both.sets == (*last.sets, "second_opinion_model=a/teacher", "second_opinion_share=0.1")


def test_without_a_teacher_models_act_alone() -> None:
    """One way a model."""
    assert [way.name for way in ways_of(["rules", "shipped"], "", 0.1)] == ["rules", "shipped"]


@pytest.mark.parametrize(("name", "value"), [("second_opinion_share", "2"), ("second_opinion_model", "nowhere")])
def test_what_cannot_be_used_is_refused_before_anything_runs(name: str, value: str) -> None:
    """The refusal names the setting."""
    with pytest.raises(SettingsError, match=name):
        calls_row(Way("x", {"rephrase_model": "rules", name: value}))


@pytest.mark.slow
def test_the_share_that_a_teacher_was_asked_about_stands_in_the_row(tmp_path: Path) -> None:
    """Asked about everything, it is asked about every pair; a model alone has no share."""
    # Loads torch, which only slow tests may.
    from models.teacher import encoders  # noqa: PLC0415
    from models.teacher.config import TeacherConfig  # noqa: PLC0415
    from models.teacher.model import Teacher  # noqa: PLC0415
    from models.teacher.network import Network  # noqa: PLC0415

    encoder, config = write_encoder(tmp_path / "encoder", ["turn on the light"]), TeacherConfig()
    network = Network(encoders.untrained(encoder), config)
    Teacher(network, encoders.load_tokenizer(encoder), config).save(tmp_path / "teacher")
    asked = []
    for way in ways_of(["shipped"], str(tmp_path / "teacher"), 1.0):
        outcome = run_seed(Task(1, TURNS, 50, worthless=False, sets=("release=floor", *way.sets)))
        assert outcome.facts.get(OPINION_ASKED, 0) == outcome.facts.get(OPINION_PAIRS, 0)
        row = dict(zip(COLUMNS, seed_row(way.name, [outcome], total_of([outcome])), strict=True))
        asked.append(row["asked"])
    assert asked == ["-", "1.000"]
