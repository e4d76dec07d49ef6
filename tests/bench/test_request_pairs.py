"""Rules of pairs of requests, and of what a threshold on them promises."""

import numpy as np

from models.student.model import Student
from tests.bench.calibrate import Group
from tests.bench.evaluate_languages import alarms_at, alarms_of, home_rows, stored_of
from tests.bench.likenesses import TokenSort
from tests.bench.request_pairs import pairs_of
from tests.streams.rephrasing.students import student

LIGHTS = Group("light", ("turn on the lamp", "lamp on"), "lamp")
LIGHTS_TOO = Group("light", ("switch the lamp on",), "lamp")
HEAT = Group("light", ("turn on the heater",), "heater")
MUSIC = Group("play", ("play a song",), "song")


def test_labels_follow_groups_and_intents() -> None:
    """Two texts of a group are rewordings; two of groups of one intent are not; other intents are not paired."""
    pairs = pairs_of([LIGHTS, HEAT, MUSIC], "en")
    found = {(frozenset((each.first, each.second)), each.label) for each in pairs.examples}
    assert found == {
        (frozenset(("turn on the lamp", "lamp on")), 1.0),
        (frozenset(("turn on the lamp", "turn on the heater")), 0.0),
        (frozenset(("lamp on", "turn on the heater")), 0.0),
    }


def test_groups_with_equal_slots_are_marked() -> None:
    """They may ask for the same thing, so that their pairs can be left out."""
    pairs = pairs_of([LIGHTS, LIGHTS_TOO, HEAT], "en")
    marked = [each.label == 0.0 and "heater" not in each.first + each.second for each in pairs.examples]
    assert pairs.same_slots.tolist() == marked
    assert any(marked)


def many() -> list[Group]:
    """Return sixty requests of one intent in two wordings each."""
    chance = np.random.default_rng(0)
    words = ["".join(chance.choice(list("abcdefgh"), 5)) for _ in range(60)]
    return [Group("find", (f"find {word} please", f"please find {word} now"), word) for word in words]


def test_a_threshold_keeps_what_it_promises_on_other_groups() -> None:
    """Where both halves are alike, about 5 % of the negatives reach it, and nearly all rewordings."""
    pairs = pairs_of(many(), "en")
    scores = TokenSort().score(pairs.examples).astype(np.float64)  # type: ignore[arg-type]
    alarms = alarms_of(pairs, scores, splits=30)
    assert alarms is not None
    assert 0.02 < alarms.share < 0.09
    assert alarms.found > 0.9


def with_thresholds() -> Student:
    """Return a student that says .5 of every pair, and holds thresholds for 5 % of Finnish and of all languages."""
    return student("s", 0.0, description={"false_alarm_thresholds": {"fi": {"0.05": 0.7}, "": {"0.05": 0.6}}})


def test_a_stored_threshold_is_the_models_own() -> None:
    """That of the locale's language, or that of all and marked as borrowed; a model without any has none."""
    assert stored_of(with_thresholds(), "fi-FI") == (0.7, False)
    assert stored_of(with_thresholds(), "sv") == (0.6, True)
    assert stored_of(TokenSort(), "fi") is None


def test_alarms_count_others_and_found_counts_rewordings() -> None:
    """A score that equals the threshold reaches it."""
    found = alarms_at(0.5, np.array([True, True, False, False, False, False]), np.array([0.9, 0.1, 0.5, 0.4, 0.3, 0.2]))
    assert found == (0.25, 0.5)


def test_a_row_marks_a_borrowed_threshold() -> None:
    """The same score for all pairs, .5: below the threshold, nothing is alarmed and nothing found."""
    (row,) = home_rows({("x", "sv"): [LIGHTS, HEAT]}, [("s", with_thresholds())])
    assert row[-3:] == ("0.600*", "0.000", "0.000")


def test_a_locale_without_others_has_a_row_that_says_so() -> None:
    """Nothing can be measured where no two requests share an intent."""
    rows = list(home_rows({("x", "te"): [LIGHTS, MUSIC]}, [("sort", TokenSort())]))
    assert rows == [("te", 2, 1, 0, "none: no others", *["-"] * 7)]
