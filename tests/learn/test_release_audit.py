"""The private gate keeps its promise between all streams searched, and the audit finds out what does not."""

import numpy as np
import pytest

from tests.learn import release_audit
from tests.learn.release_audit import DELTA, FLOOR, RULES, SOUND, audit, gate_law, hockey_stick

BROKEN = tuple(name for name in RULES if name not in SOUND)


@pytest.mark.parametrize("looks", [1, 30, 720])
@pytest.mark.parametrize("name", SOUND)
def test_the_gate_is_private(name: str, looks: int) -> None:
    """One user more or less moves the law of the release look by epsilon and delta at most, however many looks."""
    finding = audit(RULES[name], looks)
    assert finding.delta <= DELTA, finding.where


@pytest.mark.parametrize("name", BROKEN)
def test_the_audit_finds_out_broken_rules(name: str) -> None:
    """Each tempting shortcut has a true delta far above the promised one: an audit that passes them proves nothing."""
    assert audit(RULES[name], 30).delta > 5 * DELTA


def test_a_hard_floor_beside_noise_tells_one_user() -> None:
    """19 users never leave, 20 nearly always do."""
    assert audit(RULES["hard floor of 20 and the optimal curve"], 30).delta > 0.999


def test_a_law_is_a_probability() -> None:
    """Over all looks and none, for every rule."""
    path = np.arange(30)
    for name, rule in RULES.items():
        law = rule(path)
        assert law.min() >= 0.0, name
        assert law.sum() == pytest.approx(1.0, abs=1e-12), name


def test_a_key_without_users_never_leaves() -> None:
    """Nor one below the floor: it is not looked at."""
    assert gate_law(np.zeros(30, dtype=np.int64))[-1] == pytest.approx(1.0)
    assert gate_law(np.full(30, FLOOR - 1), floor=FLOOR)[-1] == pytest.approx(1.0)


def test_equal_laws_have_no_divergence() -> None:
    """And disjoint ones have all of it."""
    law = gate_law(np.arange(30))
    assert hockey_stick(law, law) == 0.0
    assert hockey_stick(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 1.0


@pytest.mark.parametrize(("floor", "half", "most"), [(1, 15, 19), (FLOOR, 34, 38)])
@pytest.mark.parametrize("looks", [30, 720])
def test_half_of_the_keys_leave_near_the_floor(looks: int, floor: int, half: int, most: int) -> None:
    """50 % and 99 % of the keys leave at 15 and 19 users; a floor of 20 moves that by 19."""
    never = {users: gate_law(np.full(looks, users), floor=floor)[-1] for users in (half - 1, half, most - 1, most)}
    assert never[half] <= 0.5 < never[half - 1]
    assert never[most] <= 0.01 < never[most - 1]


def test_neighbours_differ_by_one_user_from_some_look_on() -> None:
    """The streams compared are those the promise is about."""
    for pair in release_audit.neighbours(30):
        difference = pair.with_one - pair.without
        assert set(difference) <= {0, 1}
        assert (np.diff(difference) >= 0).all()
        assert (np.diff(pair.without) >= 0).all() or pair.name.startswith("late")
