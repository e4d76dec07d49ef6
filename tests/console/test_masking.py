"""That nothing the console can show holds a text below the release rule, whatever people said."""

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.records import Policy, Trail
from streams.console.explaining import told_explanations
from streams.console.masking import candidate_view, decision_view
from streams.console.views import CandidateView
from streams.learn import inventory, judgement
from streams.learn.explain import candidate_of, candidates, ledgers
from streams.learn.rows import SEPARATOR
from streams.learn.settings import LearnSettings
from tests.building import START_MS
from tests.learn.building import FLOOR, HOUR_MS, Learning, failed, repairs, trail, worked

WORDS = ("blarf", "crundle", "dweezil", "frobnitz", "glimmick", "hoozit", "klazzle", "mungler")
"""No word is part of another, of a sentence of the product, or of a code."""

repair = st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS), st.integers(1, 9), st.sampled_from(("", "q")))
traffic = st.lists(repair.filter(lambda item: item[0] != item[1]), min_size=1, max_size=6)


def trails_of(said: list[tuple[str, str, int, str]]) -> list[Trail]:
    """Return trails in which so many people each say one thing in vain and then another, which means a third."""
    return [
        trail(
            failed(first, state),
            worked(second, f"wanted.{second}", state=state),
            user=f"wumpus-{place}-{number}",
            at_ms=(place * 20 + number) * 60_000,
        )
        for place, (first, second, people, state) in enumerate(said)
        for number in range(people)
    ]


def everything_told(learning: Learning, chosen: LearnSettings) -> str:
    """Return all views over a store as the JSON that would leave, each text asked about by name."""
    parts: list[object] = [candidate_view(item) for item in inventory.nearest(learning.rows, chosen, 500).candidates]
    parts += [candidate_view(item) for _, item in candidates(learning.rows, chosen)]
    parts += [decision_view(decision) for decision in learning.decisions]
    for word in WORDS:
        parts += told_explanations(learning.rows, chosen, word)
    return msgspec.json.encode(parts).decode()


def hidden_in(learning: Learning, chosen: LearnSettings) -> set[str]:
    """Return the texts in the rows that may not be shown."""
    return {
        key.rsplit(SEPARATOR, 1)[1]
        for ledger in ledgers(learning.rows, chosen)
        for key, row in learning.rows.scan(ledger.text_prefix)
        if not judgement.may_be_shown(ledger, row)
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(traffic, st.sampled_from(("floor", "private", "both")))
def test_no_view_holds_a_text_that_is_not_released(said: list[tuple[str, str, int, str]], release: str) -> None:
    """Not in a field, not in a sentence, not in a meaning, not in the picture of the chain; and no user either."""
    chosen = LearnSettings(release=release, users_min=5)
    learning = Learning(chosen).feed(*trails_of(said)).tick(6 * HOUR_MS)
    told = everything_told(learning, chosen)
    assert [text for text in hidden_in(learning, chosen) if text in told] == []
    assert "wumpus" not in told


def test_a_floor_that_an_order_raised_holds_in_the_console() -> None:
    """Its texts were free to be shown until then."""
    learning = Learning().feed(*repairs(8))
    assert told_explanations(learning.rows, FLOOR, "next")
    stricter = Policy("s", "set", START_MS, tenant="demo", setting="users_min", value="50")
    learning.order(stricter)
    assert told_explanations(learning.rows, FLOOR, "next") == ()
    assert [item.shown.source for _, item in candidates(learning.rows, FLOOR)] == [False]


def test_what_a_person_pinned_is_shown() -> None:
    """It is that person's wording; who pinned it knows it."""
    learning = Learning().feed(*repairs(2))
    pin = Policy("p", "pin", START_MS, "demo", "en-US", state="step", source="next", target="continue", issued_by="a")
    learning.order(pin)
    (found,) = (item for _, item in candidates_of_any(learning))
    assert (found.source, found.target, found.stage) == ("next", "continue", "pinned")


def candidates_of_any(learning: Learning) -> list[tuple[str, CandidateView]]:
    """Return every pair of a store as it may be shown, however few people know it."""
    return [
        (key, candidate_view(candidate_of(ledger, pair)))
        for ledger in ledgers(learning.rows, FLOOR)
        for key, pair in list(ledger.pairs())
    ]


def test_a_pair_that_nobody_decided_about_is_found_by_no_id() -> None:
    """An id can be made from guessed texts: whoever guesses must not learn that one person said them."""
    learning = Learning().feed(*repairs(1))
    ((_, view),) = candidates_of_any(learning)
    assert inventory.find(learning.rows, FLOOR, view.rewrite_id) is None
    learning.feed(*repairs(3, first=10))
    assert inventory.find(learning.rows, FLOOR, view.rewrite_id) is not None
