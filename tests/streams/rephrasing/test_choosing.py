"""Which model scores: what settings may name, and what is refused at the start."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from streams.driver import Driver
from streams.engine.worker import Worker
from streams.rephrasing import naming
from streams.rephrasing.choosing import ChosenModels, scorer_of
from streams.rephrasing.naming import model_named
from streams.rephrasing.settings import RephraseSettings
from streams.settings import Settings, SettingsError, WorkerSettings, settings_from
from tests.streams.rephrasing.students import EAGER, RELUCTANT, pair, saved


def test_the_rules_and_a_students_file_are_named_alike(tmp_path: Path) -> None:
    """One setting chooses between them, and the name of the model says which it is."""
    file = saved(tmp_path / "own.safetensors", "own-3", EAGER)
    assert [scorer_of(RephraseSettings(rephrase_model=choice)).name for choice in ("rules", file)] == [
        "rules-1",
        "own-3",
    ]


def test_both_precisions_score_nearly_alike(tmp_path: Path) -> None:
    """A student's file holds one model, computed coarsely or finely."""
    file = saved(tmp_path / "own.safetensors", "own-1", 0.3, slope=0.37)
    pairs = [pair(), pair("next", "what time is it")]
    fine, coarse = (model_named(file, precision, "--model").score(pairs) for precision in ("float32", "int8"))
    assert abs(fine - coarse).max() < 0.01


@pytest.mark.parametrize("name", ["rephrase_model", "shadow_model", "second_opinion_model"])
@pytest.mark.parametrize("content", [None, b"", b"no model at all", bytes(1_000)])
def test_a_model_that_cannot_be_read_stops_the_start(tmp_path: Path, name: str, content: bytes | None) -> None:
    """A driver and a worker refuse it by the name of the setting and the file."""
    file = tmp_path / "broken.safetensors"
    if content is not None:
        file.write_bytes(content)
    given = {"rephrase_model": "rules", name: str(file)}
    for start in (lambda: Driver(Settings(**given)), lambda: Worker(WorkerSettings(**given))):
        with pytest.raises(SettingsError, match=rf"`{name}`: .*broken\.safetensors"):
            start()


def test_a_missing_shipped_model_is_no_reason_to_take_the_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that was packaged without its model says so instead of detecting worse."""
    monkeypatch.setattr(naming, "SHIPPED_FILE", tmp_path / "shipped.safetensors")
    with pytest.raises(SettingsError, match=r"`rephrase_model`: .*shipped\.safetensors: there is no such file"):
        scorer_of(RephraseSettings(rephrase_model="shipped"))


def test_a_file_that_is_wrong_in_an_unforeseen_way_is_refused_too(tmp_path: Path) -> None:
    """Whatever reading it raises, the message names setting and file."""
    file, deep = tmp_path / "deep.safetensors", "[" * 100_000
    header = json.dumps({"__metadata__": {"reprise": deep}}).encode()
    file.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(SettingsError, match=r"`rephrase_model`: .*deep\.safetensors: holds no student .*Recursion"):
        scorer_of(RephraseSettings(rephrase_model=str(file)))


def test_a_worker_that_only_learns_reads_no_model(tmp_path: Path) -> None:
    """Models are for detecting; a host that only learns need not have their files."""
    missing = str(tmp_path / "missing.safetensors")
    assert Worker(WorkerSettings(rephrase_model=missing, stages=("learn",))).partitions is None


def test_a_saved_state_is_read_without_its_model(tmp_path: Path) -> None:
    """Whoever asks why something was learned need not have the model any more; whoever goes on scoring must."""
    file = tmp_path / "own.safetensors"
    Driver(Settings(rephrase_model=saved(file, "own-1", EAGER))).save(tmp_path / "state")
    file.unlink()
    driver = Driver.load(tmp_path / "state")
    with pytest.raises(SettingsError, match="`rephrase_model`"):
        driver.feed_lines([])


def test_every_place_of_settings_names_models(tmp_path: Path) -> None:
    """A file, the environment and options, as for every setting."""
    toml = tmp_path / "reprise.toml"
    toml.write_text('rephrase_model = "rules"\n', encoding="utf-8")
    read = settings_from(["second_opinion_share=0.1"], toml, {"REPRISE_SHADOW_MODEL": "rules"})
    assert (read.rephrase_model, read.shadow_model, read.second_opinion_share) == ("rules", "rules", 0.1)


def test_the_names_in_use_are_told_by_role(tmp_path: Path) -> None:
    """Who looks at metrics sees which model acts and which one looks on."""
    settings = RephraseSettings(rephrase_model="rules", shadow_model=saved(tmp_path / "new", "new-2", RELUCTANT))
    assert ChosenModels(settings).names() == {"acting": "rules-1", "shadow": "new-2"}


@pytest.mark.slow
def test_a_worker_runs_a_student_without_torch(tmp_path: Path) -> None:
    """Neither torch nor transformers is loaded where only a student scores."""
    file = saved(tmp_path / "own.safetensors", "own-1", EAGER)
    program = (
        "import sys; from streams.engine.worker import Worker; from streams.settings import WorkerSettings; "
        "Worker(WorkerSettings(rephrase_model=sys.argv[1])); "
        "sys.exit(bool({'torch', 'transformers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program, file], check=False).returncode == 0
