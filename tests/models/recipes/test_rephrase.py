"""The whole recipe in small: what it leaves, that it is the same each time, and that a run cut short goes on."""

from pathlib import Path

import msgspec
import pytest

from models.corpora import synthesis
from models.pairs import Example, Window, window_of
from models.recipes.data import Own
from models.recipes.options import Options
from models.recipes.rephrase import Finished, run
from models.student.model import Student
from tests.models.making import examples
from tests.models.tiny_encoder import write_encoder

pytestmark = pytest.mark.slow

SMALL = Options(windows=300, epochs=1, teacher="none", draws=20, folds=2)
FILES = ("student.safetensors", "card.md", "result.json")

OWN_PAIRS = tuple(
    Example(
        pair.first,
        pair.second,
        pair.label,
        pair.locale,
        pair.reply,
        pair.first_failed,
        group=str(at // 8),
        source="own",
    )
    for at, pair in enumerate(examples(48, seed=3))
)
OWN_WINDOWS: tuple[Window, ...] = tuple(window_of(pair) for pair in examples(20, seed=4))


class Watching:
    """Notes what is being done, and may interrupt at the end of one thing."""

    def __init__(self, interrupt_at: str = "") -> None:
        self.titles: list[str] = []
        self._interrupt_at = interrupt_at

    def __call__(self, title: str, done: float, total: float) -> None:
        """Be told."""
        if title not in self.titles:
            self.titles.append(title)
        if title == self._interrupt_at and done == total:
            raise KeyboardInterrupt


def made(folder: Path, options: Options, own: Own, watch: Watching | None = None) -> Finished:
    """Run the recipe."""
    return run(folder, options, own, watch=watch or Watching(), command="reprise train rephrase")


def content(folder: Path) -> list[bytes]:
    """Return the bytes of what a run left for its user."""
    return [(folder / name).read_bytes() for name in FILES]


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a run that trained a teacher, around a tiny encoder that knows words of the corpora."""
    texts = [window.source.said for window in synthesis.windows(0, 300)]
    encoder = str(write_encoder(tmp_path_factory.mktemp("encoder"), texts))
    folder = tmp_path_factory.mktemp("taught")
    options = msgspec.structs.replace(SMALL, teacher=encoder, teacher_epochs=1, teacher_windows=100)
    assert made(folder, options, Own()).result.teacher == "teacher-1"
    return folder


def test_a_run_leaves_a_student_a_card_and_a_result(tmp_path: Path) -> None:
    """The student can be used, and tells what it is made from and how good it is."""
    finished = made(tmp_path, SMALL, Own(OWN_PAIRS))
    student = Student.load(finished.student_file)
    assert student.score(OWN_PAIRS).shape == (48,)
    assert student.threshold == finished.result.threshold
    assert [measured.key for measured in finished.result.measured] == ["bundled", "own"]
    assert student.description["metrics"]["own"]["all"]["pairs"] == 48
    assert {"uncertain", "false_alarm_thresholds"} <= student.description.keys()
    assert str(tmp_path) not in str(student.description) + (tmp_path / "card.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "interrupt_at",
    ["making windows of turns", "training the student", "measuring on bundled pairs", "trying it on your own pairs"],
)
def test_a_run_cut_short_goes_on_and_ends_alike(tmp_path: Path, interrupt_at: str) -> None:
    """Interrupted after any step, called again, it gives the same bytes as a run that was left alone."""
    own = Own(OWN_PAIRS)
    made(tmp_path / "whole", SMALL, own)
    with pytest.raises(KeyboardInterrupt):
        made(tmp_path / "cut", SMALL, own, Watching(interrupt_at))
    made(tmp_path / "cut", SMALL, own)
    assert content(tmp_path / "cut") == content(tmp_path / "whole")


def test_a_second_run_does_nothing_twice(tmp_path: Path) -> None:
    """What stands is read back: no window is made, nothing is trained and nothing measured again."""
    made(tmp_path, SMALL, Own())
    before, again = content(tmp_path), Watching()
    made(tmp_path, SMALL, Own(), again)
    assert again.titles == []
    assert content(tmp_path) == before


def test_own_pairs_change_the_student_and_not_the_windows(tmp_path: Path) -> None:
    """Steps that do not depend on what changed are kept."""
    made(tmp_path, SMALL, Own())
    before, again = content(tmp_path), Watching()
    made(tmp_path, SMALL, Own(OWN_PAIRS), again)
    assert "making windows of turns" not in again.titles
    assert "training the student" in again.titles
    assert content(tmp_path)[0] != before[0]


def asking(taught: Path) -> Options:
    """Return options that name the trained teacher."""
    return msgspec.structs.replace(SMALL, teacher=str(taught / "work" / "teacher" / "teacher"))


def test_a_trained_teacher_is_taken_as_it_is(taught: Path, tmp_path: Path) -> None:
    """A folder that holds a teacher is asked and not trained; the student is the one it taught at first."""
    watch = Watching()
    made(tmp_path, asking(taught), Own(), watch)
    assert "training the teacher" not in watch.titles
    assert "asking the teacher" in watch.titles
    assert Student.load(tmp_path / FILES[0]).score(OWN_PAIRS).tolist() == (
        Student.load(taught / FILES[0]).score(OWN_PAIRS).tolist()
    )


def test_a_teacher_labels_what_nobody_labelled(taught: Path, tmp_path: Path) -> None:
    """With a teacher, turn logs are learned from; a run cut short while it is asked ends as one that was not."""
    own = Own(windows=OWN_WINDOWS)
    made(tmp_path / "whole", asking(taught), own)
    with pytest.raises(KeyboardInterrupt):
        made(tmp_path / "cut", asking(taught), own, Watching("asking the teacher"))
    made(tmp_path / "cut", asking(taught), own)
    assert content(tmp_path / "cut") == content(tmp_path / "whole") != content(taught)
