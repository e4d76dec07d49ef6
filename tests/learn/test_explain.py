"""The explanation of a text: why a rewrite of it is, or is not, served."""

from collections.abc import Iterator

import pytest

from schemas.records import Rewrite, Trail
from streams.learn import inventory
from streams.learn.explain import Candidate, Explanation, candidates, explain
from streams.learn.settings import LearnSettings
from streams.memory import MemoryRows
from streams.stage import Row
from tests.learn.building import DAY_MS, FLOOR, HOUR_MS, Learning, failed, repairs, trail, uses, worked

GATE = LearnSettings()


class Watched(MemoryRows):
    """Rows of a learner that remember where somebody looked."""

    def __init__(self, learning: Learning) -> None:
        super().__init__(dict(learning.rows.rows))
        self.looked: list[str] = []
        self.get = self._got  # type: ignore[assignment]  # the dictionary's own otherwise

    def _got(self, key: str) -> Row | None:
        self.looked.append(key)
        return self.rows.get(key)

    def scan(self, prefix: str, until: str | None = None) -> Iterator[tuple[str, Row]]:
        """Yield rows, and remember each."""
        for key, row in super().scan(prefix, until):
            self.looked.append(key)
            yield key, row


def explained(learning: Learning, said: str = "next", state: str | None = "step") -> Explanation:
    """Return the one explanation of a text."""
    (found,) = explain(learning.rows, learning.context.settings, said, state=state)
    return found


def candidate(learning: Learning, said: str = "next", meaning: str = "continue") -> Candidate:
    """Return how one meaning of a text stands."""
    (found,) = (item for item in explained(learning, said).candidates if item.meaning == meaning)
    return found


def asked(found: Candidate) -> dict[str, tuple[float, float]]:
    """Return wins and losses of each question."""
    return {question.question: (question.wins, question.losses) for question in found.questions}


def accepted_as_it_is(number: int) -> list[Trail]:
    """Return as many users for whom "next" works, on a day of its own."""
    return [
        trail(worked("next", "continue"), user=f"w{index}", at_ms=DAY_MS + index * 60_000) for index in range(number)
    ]


def test_a_promoted_text_is_explained_by_what_it_was_published_on() -> None:
    """Three answers at the level they needed, nothing that holds it, its history, and the rewrite itself."""
    learning = Learning().feed(*repairs(20))
    found = candidate(learning)
    (published,) = [item for item in learning.rewrites if isinstance(item, Rewrite)]
    assert (found.stage, found.target, found.live) == ("trial", "continue", published)
    assert asked(found) == {"means": (20, 0), "fails": (20, 0), "works": (20, 0)}
    assert found.needed == pytest.approx((20, 20, 20))
    assert min(question.e_value for question in found.questions) >= max(found.needed)
    assert found.held_by == ()
    assert [(change.to_stage, change.reason) for change in found.history] == [
        ("candidate", "repaired_by_enough_users"),
        ("trial", "evidence_passed"),
    ]


def test_a_text_is_explained_by_its_numbers_at_the_state() -> None:
    """How many people said it, how often it was accepted and failed, what it usually means."""
    found = explained(Learning().feed(*repairs(20), *accepted_as_it_is(2)))
    assert (found.tenant, found.locale, found.state, found.source) == ("demo", "en-US", "step", "next")
    assert (found.users, found.accepted, found.failed, found.usual_meaning) == (22, 2, 20, "continue")


def test_the_steps_from_a_text_are_shares_of_all_that_was_counted() -> None:
    """Where people went, the commonest first; what is left over are the pseudo-counts of a new row."""
    trails = [
        *repairs(6),
        *(trail(failed("next"), user=f"g{index}", outcome="failure") for index in range(3)),
    ]
    steps = explained(Learning().feed(*trails)).steps
    assert [(step.state, step.said, step.end) for step in steps] == [
        ("step", "continue", ""),
        ("", "", "failure"),
        ("", "", "success"),
    ]
    assert sum(step.share for step in steps) == pytest.approx(1.0)
    assert steps[0].share == pytest.approx(6 / 9.2, abs=0.01)


def test_too_few_people_are_the_first_reason() -> None:
    """All three questions are asked all the same, so that a person sees how far it is."""
    found = candidate(Learning().feed(*repairs(2)))
    assert found.stage == "none"
    assert found.held_by[0] == "too_few_repairs"
    assert {"meaning_uncertain", "source_works", "target_unproven"} <= set(found.held_by)
    assert asked(found) == {"means": (2, 0), "fails": (2, 0), "works": (2, 0)}


def test_a_refused_text_names_each_question_that_refuses_it() -> None:
    """And only those: a text that works for half of the people is clear in its meaning."""
    trails = [item for pair in zip(repairs(20), accepted_as_it_is(20), strict=True) for item in pair]
    found = candidate(Learning().feed(*trails))
    assert found.held_by == ("source_works",)
    assert asked(found)["fails"] == (20, 20)
    assert [question.question for question in found.questions if question.e_value < max(found.needed)] == ["fails"]


def test_each_meaning_of_a_text_is_a_candidate_of_its_own() -> None:
    """Repairs to another meaning are losses of this one."""
    other = [trail(failed("next"), worked("stop here"), user=f"o{index}", at_ms=index * 60_000) for index in range(8)]
    learning = Learning().feed(*other, *repairs(6))
    assert {item.meaning: asked(item)["means"] for item in explained(learning).candidates} == {
        "continue": (6, 8),
        "stop here": (8, 6),
    }


def test_a_guard_is_told_by_name() -> None:
    """However good the evidence."""
    found = candidate(Learning().feed(*repairs(25, "do go on", "do not go on")), "do go on", "do not go on")
    assert (found.stage, found.held_by) == ("shadow", ("guard_negation",))


def test_after_a_withdrawal_more_is_needed_and_the_rest_is_told() -> None:
    """A demoted pair must reach twice the e-value, on what happens from now on, after a rest."""
    found = candidate(Learning().feed(*repairs(20), *accepted_as_it_is(10)))
    assert (found.stage, found.live) == ("demoted", None)
    assert found.history[-1].reason == "source_works_now"
    assert found.held_by[0] == "cooling_off"
    assert found.needed == pytest.approx((40, 40, 40))


def test_the_floor_tells_which_count_is_missing() -> None:
    """People who said the source, the target, and who support the meaning are counted apart."""
    learning = Learning(LearnSettings(release="floor", users_min=25)).feed(*repairs(20), *uses(10))
    found = candidate(learning)
    privacy = found.privacy
    assert found.held_by == privacy.holds == ("users_source", "users_meaning")
    assert (privacy.release, privacy.users_min) == ("floor", 25)
    assert (privacy.users_source, privacy.users_target, privacy.users_meaning) == (20, 30, 20)


def test_the_gate_tells_what_it_has_not_released() -> None:
    """Before the look, both texts are held; after it, neither, and when they left is told."""
    learning = Learning(GATE).feed(*repairs(45))
    before = candidate(learning)
    assert before.held_by == before.privacy.holds == ("not_released_source", "not_released_target")
    learning.tick(45 * 60_000 + 3 * HOUR_MS)
    after = candidate(learning)
    assert (after.stage, after.privacy.holds) == ("trial", ())
    assert after.privacy.source_released_at % HOUR_MS == after.privacy.target_released_at % HOUR_MS == 0
    assert 0 < after.privacy.source_released_at <= after.history[-1].at_ms


def test_an_unknown_text_has_no_explanation() -> None:
    """Nor has a known one at a state, in a locale or for a tenant that never heard it."""
    learning = Learning().feed(*repairs(20))
    assert explain(learning.rows, FLOOR, "previous") == []
    assert explain(learning.rows, FLOOR, "next", state="elsewhere") == []
    assert explain(learning.rows, FLOOR, "next", locale="de-DE") == []
    assert explain(learning.rows, FLOOR, "next", tenant="other") == []
    assert explain(Learning().rows, FLOOR, "next") == []


def test_a_text_is_explained_at_every_state_it_was_said_at() -> None:
    """Unless one is asked for; no question open is a state too."""
    learning = Learning().feed(*repairs(5), *repairs(4, state="", first=50), *uses(3, "next", state="pause"))
    assert [item.state for item in explain(learning.rows, FLOOR, "next")] == ["", "pause", "step"]
    assert explained(learning, state="").failed == 4


def test_a_text_that_never_failed_has_no_candidate() -> None:
    """There is nothing to rewrite, and that is told."""
    found = explained(Learning().feed(*uses(5)), "continue")
    assert (found.accepted, found.failed, found.candidates) == (5, 0, ())


def test_explaining_changes_nothing() -> None:
    """A person may look as often as they like: the rows stay, and so does what is said next."""
    asked_about, left_alone = Learning().feed(*repairs(15)), Learning().feed(*repairs(15))
    for said in ("next", "continue", "unknown"):
        explain(asked_about.rows, FLOOR, said)
    list(candidates(asked_about.rows, FLOOR))
    assert asked_about.rows.rows == left_alone.rows.rows
    later = repairs(10, first=50)
    assert asked_about.feed(*later).flush.outputs == left_alone.feed(*later).flush.outputs


def test_candidates_are_all_that_enough_users_repaired() -> None:
    """In every chain and state; two users are a coincidence."""
    learning = Learning().feed(*repairs(3), *repairs(2, "nest", first=50), *repairs(20, state="other", first=100))
    found = {(pair.state, pair.source): item.stage for pair, item in candidates(learning.rows, FLOOR)}
    assert found == {("step", "next"): "candidate", ("other", "next"): "trial"}


def test_of_a_text_that_may_not_be_shown_no_more_is_looked_up_than_of_one_nobody_said() -> None:
    """How long an answer takes would tell that somebody said it."""
    learning = Learning().feed(*repairs(20), *repairs(4, "secret", first=100))
    looked = []
    for said in ("secret", "nobody"):
        rows = Watched(learning)
        assert explain(rows, FLOOR, said, only_shown=True) == []
        looked.append([key.replace(said, "TEXT") for key in rows.looked])
    assert looked[0] == looked[1]


def test_a_text_that_may_be_shown_is_explained_all_the_same() -> None:
    """Whoever asks only for what may be shown is told as much of it."""
    learning = Learning().feed(*repairs(20))
    assert explain(learning.rows, FLOOR, "next", only_shown=True) == explain(learning.rows, FLOOR, "next")


def test_pairs_are_counted_by_stage_without_looking_at_any() -> None:
    """A page shows the numbers, and a worker has millions of pairs."""
    rows = Watched(Learning().feed(*repairs(20), *repairs(4, "nest", first=100), *repairs(2, "few", first=200)))
    assert inventory.by_stage(rows, FLOOR) == {"trial": 1, "candidate": 1}
    assert [key for key in rows.looked if key.startswith("pair|")] == []


def test_a_pair_that_somebody_points_at_is_found_without_looking_at_others() -> None:
    """A click on what is listed must not cost a look at all pairs."""
    learning = Learning().feed(*repairs(20), *repairs(4, "nest", first=100))
    found = candidate(learning)
    rows = Watched(learning)
    hint = inventory.Hint("demo", "en-US", "step", "next", "continue")
    assert inventory.find(rows, FLOOR, found.rewrite_id, hint) == found
    assert [key for key in rows.looked if key.startswith("pair|") and "nest" in key] == []


def test_a_hint_that_leads_nowhere_changes_no_answer() -> None:
    """The pair may lie elsewhere, or have been forgotten."""
    learning = Learning().feed(*repairs(20))
    found = candidate(learning)
    for hint in (None, inventory.Hint("demo", "en-US", "step", "nest", "continue"), inventory.Hint("", "", "", "", "")):
        assert inventory.find(learning.rows, FLOOR, found.rewrite_id, hint) == found
        assert inventory.find(learning.rows, FLOOR, "0" * 20, hint) is None
