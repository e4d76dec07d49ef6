"""What learn tells of itself: how soon it decided, what came of what was served, what the release rule held back."""

from streams.learn.settings import LearnSettings
from tests.learn.building import DAY_MS, FLOOR, Learning, repairs
from tests.learn.test_obeying import order
from tests.learn.test_served import arms, on_trial, promoted, served


def test_a_decision_is_timed_from_the_trail_that_tipped_it() -> None:
    """These trails settle 50 s after their end: each decision of theirs comes as much later."""
    learning = Learning().feed(*repairs(20))
    assert learning.stages[-1][1] == "trial"
    assert learning.flush.observations["decision_delay_ms"] == [50_000] * len(learning.decisions)
    assert len(learning.flush.causes["decision"]) == len(learning.decisions)


def test_what_time_or_an_order_decides_is_not_timed() -> None:
    """Nobody waits for an expiry, and an order has no trail."""
    learning = promoted()
    before = len(learning.flush.observations["decision_delay_ms"])
    learning.order(order("kill")).tick(900 * DAY_MS)
    assert learning.stages[-1][1] == "blocked"
    assert len(learning.flush.observations["decision_delay_ms"]) == before


def test_outcomes_and_pairs_are_counted_as_they_are_booked() -> None:
    """One outcome for each user, arm and day, and a decisive pair where the arms differ."""
    learning = on_trial()
    learning.feed(*served(learning, [*arms(3), ("treated", "failure"), ("held_out", "success")]))
    facts = {name: amount for name, amount in learning.flush.facts.items() if name.startswith("served_")}
    assert facts == {
        "served_outcomes.treated.success": 3,
        "served_outcomes.treated.failure": 1,
        "served_outcomes.held_out.success": 1,
        "served_outcomes.held_out.failure": 3,
        "served_decided.won": 3,
        "served_decided.lost": 1,
    }


def test_what_the_release_rule_alone_holds_back_is_counted() -> None:
    """A proven pair whose texts too few people said is told by the first thing that is missing."""
    strict = LearnSettings(release="floor", users_min=100)
    learning = Learning(strict).feed(*repairs(30))
    assert learning.flush.facts["release_refused.users_source"] >= 1
    assert not [name for name in Learning(FLOOR).feed(*repairs(30)).flush.facts if name.startswith("release_refused")]


def test_the_part_of_the_chain_that_was_asked_is_measured() -> None:
    """Two texts lead to success here, and nothing else can be reached."""
    nodes = Learning().feed(*repairs(20)).flush.observations["component_nodes"]
    assert set(nodes) == {2}
