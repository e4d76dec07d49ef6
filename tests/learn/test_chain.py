"""Rules of the absorbing chain: what its numbers are, and that no way of computing them matters."""

import math
import random
from collections.abc import Iterator, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.learn import decay
from streams.learn.chain import FAILURE, SUCCESS, Counts, components, explore, leading, new_row, solve
from streams.learn.chain_cache import ComponentCache
from streams.learn.component import Component, ComponentFullError
from streams.learn.transitions import GIVE_UP

HOUR_MS = 3_600_000
EXACT = 1e-9

Event = tuple[str, str, float]
Chain = dict[str, dict[str, float]]


def random_events(seed: int, number: int, nodes: int, *, decided: float = 0.4) -> Iterator[Event]:
    """Yield weighted events on rows chosen at random; a part goes to success or failure."""
    chance = random.Random(seed)  # noqa: S311 (a test needs to be repeated)
    for _ in range(number):
        node = f"n{chance.randrange(nodes)}"
        ends = chance.random() < decided
        target = chance.choice((SUCCESS, FAILURE)) if ends else f"n{chance.randrange(nodes)}"
        yield node, target, chance.uniform(0.05, 1.0)


def counted(events: Iterator[Event] | list[Event]) -> Chain:
    """Add events up into rows."""
    rows: Chain = {}
    for node, target, weight in events:
        row = rows.setdefault(node, new_row())
        row[target] = row.get(target, 0.0) + weight
    return rows


def textbook(rows: Mapping[str, Counts]) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Return names, N, b and g by the formulas as they stand in a book, from the counts."""
    names = sorted({*rows, *(k for row in rows.values() for k in row if k not in (SUCCESS, FAILURE))})
    full = {name: rows.get(name) or new_row() for name in names}
    totals = {name: sum(row.values()) for name, row in full.items()}
    moves = np.array([[full[i].get(k, 0.0) / totals[i] for k in names] for i in names]) * (1.0 - GIVE_UP)
    wins = np.array([full[i].get(SUCCESS, 0.0) / totals[i] for i in names])
    visits = np.linalg.solve(np.eye(len(names)) - moves, np.eye(len(names)))
    return names, visits, visits @ wins, visits * wins


def assert_equals_textbook(component: Component, rows: Mapping[str, Counts]) -> None:
    """Compare every entry of N and b."""
    names, visits, success, _ = textbook(rows)
    order = [component.nodes.index(name) for name in names]
    assert np.abs(component.fundamental()[np.ix_(order, order)] - visits).max() < EXACT
    assert max(abs(component.absorption(name) - b) for name, b in zip(names, success, strict=True)) < EXACT


chains = st.builds(
    lambda seed, number, nodes, decided: counted(random_events(seed, number, nodes, decided=decided)),
    st.integers(0, 10**6),
    st.integers(1, 60),
    st.integers(1, 14),
    st.floats(0.0, 0.9),
)


def test_a_known_chain_by_hand() -> None:
    """From i, half the walks go to j, which always succeeds, and half fail: b = g_ij = 1/2."""
    solved = solve({"i": {"j": 1.0, FAILURE: 1.0}, "j": {SUCCESS: 5.0}}.get, "i")
    assert solved.absorption == pytest.approx(0.5, abs=1e-6)
    assert solved.last_before_success == pytest.approx({"j": 0.5}, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(chains)
def test_a_component_is_the_textbook_solution(rows: Chain) -> None:
    """N, b and g are those of the fundamental matrix of the counts."""
    component = Component(rows)
    assert_equals_textbook(component, rows)
    names, _, _, last = textbook(rows)
    for row, name in enumerate(names):
        mass = component.last_before_success(name)
        assert max(abs(mass.get(other, 0.0) - last[row, place]) for place, other in enumerate(names)) < EXACT


@settings(max_examples=60, deadline=None)
@given(chains)
def test_the_last_nodes_before_success_sum_to_the_absorption(rows: Chain) -> None:
    """sum_j g_ij = b_i, a probability, for every way of asking."""
    component = Component(rows)
    for name in component.nodes:
        for answer in (component.answer(name), solve(rows.get, name)):
            assert 0.0 <= answer.absorption <= 1.0
            assert math.fsum(answer.last_before_success.values()) == pytest.approx(answer.absorption, abs=EXACT)


@settings(max_examples=60, deadline=None)
@given(chains)
def test_exploring_from_a_node_gives_the_full_solution(rows: Chain) -> None:
    """What cannot be reached from a node has no part in its row of N."""
    component = Component(rows)
    for name in component.nodes:
        here, full = solve(rows.get, name), component.answer(name)
        assert here.cut == 0
        assert here.absorption == pytest.approx(full.absorption, abs=EXACT)
        assert here.last_before_success == pytest.approx(full.last_before_success, abs=EXACT)


@settings(max_examples=40, deadline=None)
@given(chains, st.integers(1, 6))
def test_a_bounded_exploration_promises_at_most_the_full_one(rows: Chain, nodes_max: int) -> None:
    """Cut transitions count as lost walks: every number is a lower bound, and the cut is reported."""
    full, bounded = solve(rows.get, "n0"), solve(rows.get, "n0", nodes_max)
    assert all(mass <= full.last_before_success[name] + EXACT for name, mass in bounded.last_before_success.items())
    assert (bounded.cut > 0) == (len(explore(rows.get, "n0").rows) > nodes_max)


def test_the_likeliest_walks_are_explored_first() -> None:
    """With room for two nodes, the stronger transition is followed and the weaker one cut."""
    rows = {"i": {"weak": 1.0, "strong": 3.0}, "strong": {SUCCESS: 1.0}, "weak": {SUCCESS: 1.0}}
    reached = explore(rows.get, "i", 2)
    assert list(reached.rows) == ["i", "strong"]
    assert reached.cut == 1


def test_updates_equal_a_fresh_solve_after_many_events() -> None:
    """50,000 weighted events on 24 nodes, one by one, give N and b of a fresh solve within 1e-9."""
    events = list(random_events(7, 50_000, 24))
    component = Component({}, solve_every=10**9)
    for event in events:
        component.observe(*event)
    assert_equals_textbook(component, counted(events))


def test_updates_hold_while_the_weights_grow_by_decay() -> None:
    """Forward decay makes late events weigh 2**40 times the early ones; the steps follow."""
    events = [(i, k, w * 2.0 ** (at / 500)) for at, (i, k, w) in enumerate(random_events(3, 20_000, 12))]
    component = Component({})
    for event in events:
        component.observe(*event)
    assert_equals_textbook(component, counted(events))


@settings(max_examples=40, deadline=None)
@given(chains, st.randoms(use_true_random=False))
def test_the_order_of_events_does_not_matter(rows: Chain, chance: random.Random) -> None:
    """Any order of the same events gives the same N and b."""
    events = [(i, k, w) for i, row in rows.items() for k, w in row.items()]
    chance.shuffle(events)
    component = Component({})
    for event in events:
        component.observe(*event)
    assert_equals_textbook(component, counted(events))


@settings(max_examples=40, deadline=None)
@given(chains, st.lists(st.floats(0.01, 1.0), min_size=1, max_size=6), st.sampled_from(["n1", "n2", SUCCESS, FAILURE]))
def test_one_merged_event_equals_its_parts(rows: Chain, weights: list[float], target: str) -> None:
    """Events on the same transition may be added up before they are observed."""
    parts, merged = Component(rows), Component(rows)
    for weight in weights:
        parts.observe("n1", target, weight)
    merged.observe("n1", target, math.fsum(weights))
    assert parts.fundamental() == pytest.approx(merged.fundamental(), abs=EXACT)
    assert parts.absorption("n1") == pytest.approx(merged.absorption("n1"), abs=EXACT)


@settings(max_examples=40, deadline=None)
@given(chains, st.floats(-60, 60))
def test_moving_a_rows_landmark_changes_nothing(rows: Chain, half_lives: float) -> None:
    """Only ratios within a row are read: multiplying one row by a factor leaves every answer as it was."""
    factor = 2.0**half_lives
    moved = {**rows, "n0": {k: w * factor for k, w in rows["n0"].items()}} if "n0" in rows else rows
    for name in rows:
        before, after = solve(rows.get, name), solve(moved.get, name)
        assert before.last_before_success == pytest.approx(after.last_before_success, abs=EXACT)


def test_a_component_follows_a_landmark() -> None:
    """After ``rescale``, an event weighs against the rescaled row."""
    rows = counted(random_events(5, 200, 6))
    component = Component(rows)
    component.rescale("n2", 2.0**-30)
    component.observe("n2", "n4", 2.0**-30)
    rows["n2"]["n4"] += 1.0
    assert_equals_textbook(component, rows)


def test_nodes_that_only_lead_to_each_other_still_have_an_answer() -> None:
    """No success, no failure, no pseudo-counts: the walk is given up some day and the chance of success is 0."""
    component = Component({"a": {"b": 1.0}, "b": {"a": 1.0}})
    for _ in range(2_000):
        component.observe("a", "b", 1.0)
    assert component.absorption("a") == 0.0
    assert np.isfinite(component.fundamental()).all()


def test_a_loop_that_nearly_never_ends_is_solved_afresh_instead_of_losing_digits() -> None:
    """Where the step's divisor cancels, N of a fresh solve is taken."""
    rows: Chain = {"a": {"b": 1e9, SUCCESS: 1e-3}, "b": {"a": 1e9, SUCCESS: 1e-3}}
    component = Component(rows)
    component.observe("a", "b", 1e12)
    rows["a"]["b"] += 1e12
    assert component.absorption("a") == pytest.approx(textbook(rows)[2][0], rel=1e-9)


def test_a_new_node_beyond_the_bound_is_refused_and_changes_nothing() -> None:
    """The bound holds, and a refused event leaves the component as it was."""
    component = Component({"a": {"b": 1.0}}, nodes_max=2)
    before = component.fundamental()
    with pytest.raises(ComponentFullError):
        component.observe("a", "c", 1.0)
    assert (component.fundamental() == before).all()
    with pytest.raises(ComponentFullError):
        Component({"a": {"b": 1.0, "c": 1.0}}, nodes_max=2)


@pytest.mark.parametrize("weight", [0.0, -1.0, math.nan, math.inf])
def test_a_weight_that_means_nothing_is_an_error(weight: float) -> None:
    """Weights are positive and finite."""
    with pytest.raises(ValueError, match="positive and finite"):
        Component({"a": {"b": 1.0}}).observe("a", "b", weight)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 9), st.integers(3, 40))
def test_the_cache_answers_as_a_fresh_solve_does(seed: int, nodes_max: int, nodes_total_max: int) -> None:
    """Whatever is asked, observed, moved or forgotten in between, and however small the cache is."""
    chance = random.Random(seed)  # noqa: S311 (a test needs to be repeated)
    cache = ComponentCache(nodes_max=nodes_max, nodes_total_max=nodes_total_max, keep_nodes_min=1)
    rows: Chain = {}
    for node, target, weight in random_events(seed, 120, 14, decided=0.75):
        row = rows.setdefault(node, new_row())
        row[target] = row.get(target, 0.0) + weight
        cache.observe(node, target, weight)
        asked = f"n{chance.randrange(14)}"
        if chance.random() < 0.05:
            rows[node] = {k: w * 0.25 for k, w in row.items()}
            cache.rescale(node, 0.25)
        if chance.random() < 0.05 and asked in rows:
            rows[asked] = {SUCCESS: 1.0, FAILURE: 1.0}
            cache.forget(asked)
        kept, fresh = cache.query(asked, rows.get), solve(rows.get, asked, nodes_max)
        assert kept.cut == fresh.cut
        assert kept.absorption == pytest.approx(fresh.absorption, abs=EXACT)
        assert kept.last_before_success == pytest.approx(fresh.last_before_success, abs=EXACT)
        assert len(cache) <= nodes_total_max


def test_the_cache_keeps_what_is_asked_again() -> None:
    """A second question about a component costs no solve, also after an event within it."""
    rows = counted(random_events(1, 400, 20))
    cache = ComponentCache()
    cache.query("n0", rows.get)
    cache.observe("n0", SUCCESS, 1.0)
    cache.query("n3", rows.get)
    assert (cache.misses, cache.hits) == (1, 1)


def test_an_edge_to_the_outside_drops_the_component() -> None:
    """What lies behind a new edge is read from the rows at the next question."""
    rows: Chain = {"a": {"b": 1.0, FAILURE: 1.0}, "c": {SUCCESS: 1.0}}
    cache = ComponentCache(keep_nodes_min=1)
    cache.query("a", rows.get)
    rows["a"]["c"] = 2.0
    cache.observe("a", "c", 2.0)
    assert cache.query("a", rows.get).last_before_success["c"] == pytest.approx(0.5, abs=1e-5)
    assert cache.dropped == 1


@settings(max_examples=40, deadline=None)
@given(chains, st.integers(1, 8))
def test_components_hold_every_node_once_within_the_bound(rows: Chain, nodes_max: int) -> None:
    """A partition, bounded; nothing is cut that needs no cutting."""
    found = components(rows, nodes_max)
    names = [name for group in found.components for name in group]
    assert sorted(names) == sorted({*rows, *(k for row in rows.values() for k in row if k not in (SUCCESS, FAILURE))})
    assert max(len(group) for group in found.components) <= nodes_max
    whole = components(rows, 10**6)
    assert whole.cut == 0
    assert (found.cut == 0) == (max(len(group) for group in whole.components) <= nodes_max)


def test_the_weakest_transition_is_the_one_cut() -> None:
    """Strength is the share of a row, not its weight: rows have landmarks of their own."""
    rows = {"a": {"b": 9.0, SUCCESS: 1.0}, "c": {"b": 900.0, SUCCESS: 9_100.0}}
    found = components(rows, 2)
    assert found.components == [["a", "b"], ["c"]]
    assert found.cut == 1


def test_equal_masses_are_told_apart_by_name() -> None:
    """Rounding must not decide between two equally good targets."""
    assert leading({"b": 0.3 + 1e-13, "a": 0.3, "c": 0.1}) == "a"
    assert leading({}) is None


def test_the_weight_doubles_with_every_half_life() -> None:
    """Forward decay: an event one half-life later counts twice as much."""
    assert decay.decayed_weight(5 * HOUR_MS, 2 * HOUR_MS, HOUR_MS) == 8.0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=2, max_size=8))
def test_a_row_survives_any_span_of_time(steps: list[int]) -> None:
    """However long a row lives, its shares are those of decay read at the end, and nothing overflows."""
    weights: dict[str, float] = {}
    times = [sum(steps[: place + 1]) * HOUR_MS for place in range(len(steps))]
    landmark_ms = times[0]
    for place, at_ms in enumerate(times):
        entered = decay.enter(weights, str(place), at_ms, landmark_ms=landmark_ms, half_life_ms=HOUR_MS)
        landmark_ms = entered.landmark_ms
    expected = [2.0 ** ((at_ms - times[-1]) / HOUR_MS) for at_ms in times]
    total = math.fsum(weights.values())
    assert total < math.inf
    shares = [weights[str(place)] / total for place in range(len(times))]
    assert shares == pytest.approx([value / math.fsum(expected) for value in expected], abs=1e-12)
