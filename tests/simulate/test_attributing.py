"""Two learners and their beliefs: one is told what was rewritten, the other is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import AppliedRewrite, Reply, Turn, TurnEvent
from streams.settings import settings_from
from streams.simulate.attributing import Unaware, average_precision, difference, stripped, superiority
from streams.simulate.loop import Plan, run
from streams.simulate.servers import BookServer

BELIEFS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=30)


def test_the_unaware_learner_is_told_nothing() -> None:
    """An event loses its rewrite and nothing else; one without a rewrite stays as it is."""
    turn = Turn("t1", "noose", reply=Reply("answered"))
    plain = TurnEvent("demo", "en-US", "u1", "s1", 1_000, turn=turn)
    rewritten = TurnEvent(
        "demo", "en-US", "u1", "s1", 1_000,
        turn=Turn("t1", "noose", reply=Reply("answered"), rewrite=AppliedRewrite("r1", 1, "treated", "news")),
    )  # fmt: skip
    assert stripped(rewritten) == plain
    assert stripped(plain) is plain


def test_more_outcomes_give_more_belief() -> None:
    """Equal shares are a coin toss; the same difference is believed more on more outcomes, in both ways."""
    books = np.array([[5.0, 5.0, 5.0, 5.0], [6.0, 4.0, 5.0, 5.0], [60.0, 40.0, 50.0, 50.0]])
    even, few, many = superiority(books)
    assert even == pytest.approx(0.5, abs=0.01)
    assert even < few < many < 1.0
    none, little, more = difference(books)
    assert 0.0 == none < little < more < 0.1


def test_superiority_is_what_integration_gives() -> None:
    """The chance that Beta(3, 2) exceeds Beta(2, 3) is the integral of one's density times the other's distribution."""
    (found,) = superiority(np.array([[2.0, 1.0, 1.0, 2.0]]))
    shares = np.linspace(0, 1, 20_001)
    density = 12 * shares**2 * (1 - shares)
    below = 6 * shares**2 - 8 * shares**3 + 3 * shares**4
    assert found == pytest.approx(float(np.trapezoid(density * below, shares)), abs=1e-3)


def test_a_perfect_ranking_has_the_whole_area() -> None:
    """Right ones believed in more than wrong ones give 1; equal beliefs give the share of right ones."""
    right = np.array([True, True, False, False])
    assert average_precision(np.array([0.9, 0.8, 0.2, 0.1]), right) == 1.0
    assert average_precision(np.array([0.5, 0.5, 0.5, 0.5]), right) == 0.5
    assert average_precision(np.array([0.1, 0.2]), np.array([True, True])) is None


@given(BELIEFS)
def test_only_the_order_of_beliefs_matters(pairs: list[tuple[float, bool]]) -> None:
    """A belief written otherwise, in the same order, gives the same area."""
    beliefs, right = np.array([belief for belief, _ in pairs]), np.array([is_right for _, is_right in pairs])
    order = np.unique(beliefs, return_inverse=True)[1].astype(float)
    assert average_precision(beliefs, right) == average_precision(order, right)


@pytest.mark.slow
def test_both_are_asked_about_all_that_was_served() -> None:
    """Each evening has a row in both books for every rewrite served so far, and only for those."""
    settings = settings_from(["release=floor", "users_min=4"])
    unaware = Unaware(settings)
    done = run(Plan(turns=6_000, users=150, seed=2, settings=settings, days=15), BookServer(), [unaware])
    served: set[str] = set()
    for live, evening in zip(done.live, unaware.evenings, strict=True):
        served |= {rewrite.rewrite_id for rewrite in live.values()}
        assert {each.rewrite_id for each in evening.served} == served
        assert evening.aware.shape == evening.unaware.shape == (len(served), 4)
    assert served
    judged = list(unaware.judged(done.traffic.truth(), difference))
    assert [each.pairs for each in judged] == [len(evening.served) for evening in unaware.evenings]
