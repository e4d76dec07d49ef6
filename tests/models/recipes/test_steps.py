"""Steps of a recipe: done once, made again when anything they depend on changes, and never half done."""

from pathlib import Path

import pytest

from models.recipes import steps

CODE = steps.Code(("models.recipes.steps",))


class Maker:
    """Fills a step's folder, and counts how often."""

    def __init__(self, content: str = "made", fail: bool = False) -> None:  # noqa: FBT001, FBT002 - a stand-in
        self.content = content
        self.fail = fail
        self.found: list[list[str]] = []

    def __call__(self, folder: Path) -> None:
        """Write one file; what was there before is noted."""
        self.found.append(sorted(path.name for path in folder.iterdir() if path.name != steps.STARTED))
        (folder / "half").write_text(self.content)
        if self.fail:
            raise KeyboardInterrupt
        (folder / "whole").write_text(self.content)


def test_a_finished_step_is_not_done_again(tmp_path: Path) -> None:
    """The second run finds what the first one made, under the same digest."""
    maker = Maker()
    with steps.working(tmp_path) as work:
        first = work.step("one", CODE, {"seed": 1}, maker)
    with steps.working(tmp_path) as work:
        assert work.step("one", CODE, {"seed": 1}, maker) == first
    assert len(maker.found) == 1


def test_a_changed_option_does_the_step_afresh(tmp_path: Path) -> None:
    """Another seed finds an empty folder; the digest is that of the new content."""
    with steps.working(tmp_path) as work:
        first = work.step("one", CODE, {"seed": 1}, Maker("old"))
        again = Maker("new")
        assert work.step("one", CODE, {"seed": 2}, again).digest != first.digest
    assert again.found == [[]]


def test_changed_code_does_the_step_afresh(tmp_path: Path) -> None:
    """What other code made may be something else."""
    maker = Maker()
    with steps.working(tmp_path) as work:
        work.step("one", CODE, {}, maker)
        work.step("one", steps.Code(("models.pairs",)), {}, maker)
    assert len(maker.found) == 2


def test_an_interrupted_step_goes_on_where_it_was(tmp_path: Path) -> None:
    """It finds what it had written, and is not taken for finished."""
    with steps.working(tmp_path) as work, pytest.raises(KeyboardInterrupt):
        work.step("one", CODE, {}, Maker(fail=True))
    again = Maker()
    with steps.working(tmp_path) as work:
        made = work.step("one", CODE, {}, again)
    assert again.found == [["half"]]
    assert sorted(path.name for path in made.folder.iterdir()) == ["done.json", "half", "started.json", "whole"]


def test_an_interrupted_step_leaves_nothing_to_other_options(tmp_path: Path) -> None:
    """What was begun with another seed is cleared away."""
    with steps.working(tmp_path) as work, pytest.raises(KeyboardInterrupt):
        work.step("one", CODE, {"seed": 1}, Maker(fail=True))
    again = Maker()
    with steps.working(tmp_path) as work:
        work.step("one", CODE, {"seed": 2}, again)
    assert again.found == [[]]


def test_a_touched_result_is_made_again(tmp_path: Path) -> None:
    """A file that is not as the step left it is not trusted."""
    maker = Maker()
    with steps.working(tmp_path) as work:
        first = work.step("one", CODE, {}, maker)
        (first.folder / "whole").write_text("touched")
        assert work.step("one", CODE, {}, maker) == first
    assert (first.folder / "whole").read_text() == "made"


def test_one_run_at_a_time(tmp_path: Path) -> None:
    """A second run in the same folder is told so, and the first goes on."""
    with steps.working(tmp_path), pytest.raises(steps.BusyError, match="another run"), steps.working(tmp_path):
        pass


def test_a_fingerprint_is_of_the_value_alone() -> None:
    """The order of keys does not matter, any value does."""
    assert steps.fingerprint_of({"a": 1, "b": 2}) == steps.fingerprint_of({"b": 2, "a": 1})
    assert steps.fingerprint_of({"a": 1}) != steps.fingerprint_of({"a": 2})
