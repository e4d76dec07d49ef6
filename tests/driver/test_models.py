"""Models in the in-memory driver: exchanged between batches, with a shadow that leaves results as they are."""

import os
from pathlib import Path

import pytest

from streams.driver import Driver, Results
from streams.rephrasing import telling, watching
from streams.settings import Settings
from tests.building import said
from tests.streams.rephrasing.students import EAGER, RELUCTANT, saved

TURNS = [said(text, 10.0 * place) for place, text in enumerate(("play jazz", "play some jazz", "stop it"))]


def everything(settings: Settings) -> tuple[Results, dict[str, float]]:
    """Return what a replay says and what it counted."""
    driver = Driver(settings)
    results = driver.feed(TURNS)
    results.extend(driver.finish())
    return results, driver.facts


def test_a_changed_file_scores_the_next_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long replay takes a new model up as the engine does."""
    monkeypatch.setattr(watching, "LOOK_EVERY_S", 0.0)
    file = tmp_path / "model"
    driver = Driver(Settings(rephrase_model=saved(file, "one-1", EAGER)))
    before = driver.feed(TURNS[:2]).feedback
    saved(file, "two-2", EAGER)
    os.utime(file, ns=(0, 1))
    driver.models.current()  # it must look the same twice
    after = driver.feed(TURNS[2:]).feedback
    assert [item.detector for item in (*before, *after) if item.kind == "rephrase"] == ["one-1", "two-2"]


def test_a_shadow_changes_no_result(tmp_path: Path) -> None:
    """With another model looking on, everything said is the same; only counts are added."""
    acting = saved(tmp_path / "acting", "one-1", EAGER)
    alone, facts = everything(Settings(rephrase_model=acting))
    watched, more = everything(
        Settings(rephrase_model=acting, shadow_model=saved(tmp_path / "shadow", "two-2", RELUCTANT))
    )
    assert watched == alone
    added = {name: more[name] for name in more.keys() - facts.keys()}
    assert added.pop(telling.SHADOW_DIFFERENCE) > 0.0
    assert added == {
        telling.SHADOW_ONLY_ACTING: facts["pairs_scored"],
        telling.SHADOW_BOTH: 0,
        telling.SHADOW_NEITHER: 0,
        telling.SHADOW_ONLY_SHADOW: 0,
    }
