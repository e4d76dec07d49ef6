"""Rules of the release gate's implementation: it draws the law it promises, the same each time, apart for each key."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chisquare

from streams.learn import noise
from streams.learn.release import Gate, look_at_ms, look_of, released_alone, tau
from tests.learn.release_audit import DELTA, EPSILON, gate_law

LOOKS = 30
SECRET = b"a secret of a test"
KEYS = 20_000
HOUR_MS = 3_600_000

PATHS = {
    "constant": np.full(LOOKS, 14),
    "growing": np.arange(LOOKS) * 3 // 4,
    "late step": np.where(np.arange(LOOKS) < 20, 8, 17),
}
Required = Callable[[str], NDArray[np.int32]]


def required_by_the_gate(key: str) -> NDArray[np.int32]:
    """Draw requirements as the product does."""
    return Gate(EPSILON, DELTA, LOOKS, SECRET).requirements(key, 3)


def required_with_fresh_rho(key: str) -> NDArray[np.int32]:
    """Draw another ``rho`` at each look."""
    drawn = noise.draws(SECRET, key, 3, 2 * LOOKS, EPSILON)
    return tau(EPSILON, DELTA, LOOKS) + drawn[:LOOKS] - drawn[LOOKS:]


def required_with_one_nu(key: str) -> NDArray[np.int32]:
    """Use the first ``nu`` at all looks."""
    drawn = noise.draws(SECRET, key, 3, 2, EPSILON)
    return np.full(LOOKS, tau(EPSILON, DELTA, LOOKS) + drawn[0] - drawn[1], dtype=np.int32)


def required_with_half_the_noise(key: str) -> NDArray[np.int32]:
    """Draw at twice the epsilon."""
    drawn = noise.draws(SECRET, key, 3, 1 + LOOKS, 2 * EPSILON)
    required: NDArray[np.int32] = tau(EPSILON, DELTA, LOOKS) + drawn[0] - drawn[1:]
    return required


def release_look(required: NDArray[np.int32], path: NDArray[np.int64]) -> int:
    """Return the first look that opens, ``LOOKS`` for none."""
    opens = required <= path
    return int(np.argmax(opens)) if opens.any() else LOOKS


def p_value(required: Required, path: NDArray[np.int64]) -> float:
    """Compare the release looks of many keys with the exact law; looks that hardly ever open count together."""
    seen = np.bincount([release_look(required(f"key {number}"), path) for number in range(KEYS)], minlength=LOOKS + 1)
    expected = gate_law(path) * KEYS
    common = expected >= 8
    rare_seen, rare_expected = seen[~common].sum(), expected[~common].sum()
    if rare_expected >= 8:
        return float(chisquare([*seen[common], rare_seen], [*expected[common], rare_expected]).pvalue)
    share = seen[common].sum() / expected[common].sum()
    return float(chisquare(seen[common], expected[common] * share).pvalue)


@pytest.mark.parametrize("name", PATHS)
def test_the_gate_draws_its_law(name: str) -> None:
    """Chi-square of 20,000 keys against the exact law of the release look."""
    assert p_value(required_by_the_gate, PATHS[name]) > 1e-3


@pytest.mark.parametrize("broken", [required_with_fresh_rho, required_with_one_nu, required_with_half_the_noise])
def test_the_comparison_finds_out_broken_gates(broken: Required) -> None:
    """The same chi-square on the same keys rejects each wrong way to draw."""
    assert p_value(broken, PATHS["growing"]) < 1e-6


@pytest.mark.parametrize("epsilon", [0.2, 1.0, 3.0])
def test_noise_follows_its_law(epsilon: float) -> None:
    """Chi-square of 200,000 draws against the two-sided geometric law."""
    drawn = noise.draws(SECRET, "law", 0, 200_000, epsilon)
    reach = int(5 / epsilon)
    values = np.arange(-reach, reach + 1)
    seen = np.array([(drawn < -reach).sum(), *(np.sum(drawn == value) for value in values), (drawn > reach).sum()])
    tail = float(noise.at_least(np.array([reach + 1]), epsilon)[0])
    expected = np.array([tail, *noise.mass(values, epsilon), tail]) * len(drawn)
    assert chisquare(seen, expected * seen.sum() / expected.sum()).pvalue > 1e-3


@given(st.floats(0.05, 5.0), st.integers(-60, 60))
def test_the_tail_of_the_noise_is_the_sum_of_its_masses(epsilon: float, threshold: int) -> None:
    """P(X >= k) - P(X >= k + 1) = P(X = k), and one step costs a factor of e^epsilon at most."""
    steps = np.array([threshold, threshold + 1])
    here, above = noise.at_least(steps, epsilon)
    assert here - above == pytest.approx(noise.mass(steps[:1], epsilon)[0], abs=1e-15)
    assert above <= here <= above * np.exp(epsilon) * (1.0 + 1e-12)


def test_tau_for_a_month_of_days_and_of_hours() -> None:
    """Epsilon 1, delta 1e-5: 18 for 30 looks, 21 for 720."""
    assert tau(1.0, 1e-5, 30) == 18
    assert tau(1.0, 1e-5, 720) == 21


@settings(max_examples=30, deadline=None)
@given(st.floats(0.1, 4.0), st.floats(1e-9, 0.05), st.integers(1, 2_000))
def test_tau_is_the_smallest_that_keeps_delta(epsilon: float, delta: float, looks: int) -> None:
    """At tau a lone user's key leaves with a chance of at most delta, one below it more often."""
    smallest = tau(epsilon, delta, looks)
    assert released_alone(smallest, epsilon, looks) <= delta
    assert released_alone(smallest - 1, epsilon, looks) > delta


@pytest.mark.parametrize("bad", [(0.0, 1e-5, 30), (1.0, 0.0, 30), (1.0, 1.0, 30), (1.0, 1e-5, 0)])
def test_settings_that_promise_nothing_are_an_error(bad: tuple[float, float, int]) -> None:
    """Epsilon, delta and looks have ranges; a floor is at least one user."""
    with pytest.raises(ValueError, match="need epsilon"):
        tau(*bad)
    with pytest.raises(ValueError, match="floor"):
        Gate(1.0, 1e-5, 30, SECRET, floor=0)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 500), st.integers(0, 40), st.lists(st.integers(0, 4), min_size=LOOKS, max_size=LOOKS))
def test_asking_when_users_come_equals_looking_every_time(key: int, first: int, more: list[int]) -> None:
    """The look asked for again whenever there are more users is the look at which a check on the clock would open."""
    gate = Gate(EPSILON, DELTA, LOOKS, SECRET)
    path = first + np.cumsum(more)
    by_clock = release_look(gate.requirements(str(key), 0), path)
    due: int | None = None
    for look, users in enumerate(path):
        asked = gate.next_look(str(key), 0, int(users), look)
        due = asked if due is None or asked is None else min(due, asked)
        if due == look:
            break
    assert due == (by_clock if by_clock < LOOKS else None)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 500), st.integers(0, LOOKS + 2), st.integers(0, 60))
def test_the_least_requirement_tells_when_asking_is_useless(key: int, from_look: int, users: int) -> None:
    """There is a next look exactly when the users reach the least requirement still ahead."""
    gate = Gate(EPSILON, DELTA, LOOKS, SECRET)
    least = gate.least(str(key), 7, from_look)
    found = gate.next_look(str(key), 7, users, from_look)
    assert (found is not None) == (least is not None and users >= least)


def test_no_key_leaves_below_the_floor_and_noise_stays_above_it() -> None:
    """A floor shifts every requirement by the same amount, so it says nothing about the noise."""
    plain, floored = Gate(EPSILON, DELTA, LOOKS, SECRET), Gate(EPSILON, DELTA, LOOKS, SECRET, floor=20)
    for key in map(str, range(200)):
        assert (floored.requirements(key, 0) == plain.requirements(key, 0) + 19).all()
        assert floored.requirements(key, 0).min() >= 20


def test_the_same_secret_decides_the_same() -> None:
    """A replay with the same secret, another object and another order of questions releases at the same looks."""
    one, other = Gate(EPSILON, DELTA, LOOKS, SECRET), Gate(EPSILON, DELTA, LOOKS, SECRET)
    keys = [f"en-US|{number}" for number in range(20)]
    first = [one.requirements(key, 1).tolist() for key in keys]
    assert first[::-1] == [other.requirements(key, 1).tolist() for key in keys[::-1]]


def test_the_draws_stay_what_they_were() -> None:
    """A new version that drew other noise would release some keys twice as easily in a running window."""
    assert noise.draws(b"reprise", "en-US|play maj", 42, 8, 1.0).tolist() == [0, -2, 0, 0, 0, 0, 0, -1]


def test_a_longer_window_begins_with_the_same_noise() -> None:
    """A stream is extended, not redrawn."""
    assert noise.draws(SECRET, "k", 0, 50, 1.0)[:20].tolist() == noise.draws(SECRET, "k", 0, 20, 1.0).tolist()


@pytest.mark.parametrize(
    "other",
    [(b"another secret", "k", 1), (SECRET, "k", 2), (SECRET, "l", 1), (SECRET, "", 1), (SECRET, "k|1", 1)],
)
def test_other_secrets_keys_and_windows_have_noise_of_their_own(other: tuple[bytes, str, int]) -> None:
    """Two streams agree no oftener than chance would have it."""
    one, two = noise.draws(SECRET, "k", 1, 4_000, EPSILON), noise.draws(*other, 4_000, EPSILON)
    values = np.arange(-40, 41)
    by_chance = float((noise.mass(values, EPSILON) ** 2).sum())
    assert abs(np.mean(one == two) - by_chance) < 5 * (by_chance / 4_000) ** 0.5
    assert abs(np.corrcoef(one, two)[0, 1]) < 5 / 4_000**0.5


def test_a_key_may_be_any_text() -> None:
    """Also half of a surrogate pair, which a broken producer can send."""
    assert Gate(EPSILON, DELTA, LOOKS, SECRET).requirements("\ud800", 0).shape == (LOOKS,)


def test_requirements_cannot_be_changed_by_who_reads_them() -> None:
    """They are remembered; a reader that wrote into them would change later decisions."""
    required = Gate(EPSILON, DELTA, LOOKS, SECRET).requirements("k", 0)
    with pytest.raises(ValueError, match="read-only"):
        required[0] = 0


@given(st.integers(0, 10**14), st.integers(60_000, 10**8), st.integers(1, 10_000))
def test_an_event_is_seen_by_the_look_that_ends_its_slot(at_ms: int, look_ms: int, window_looks: int) -> None:
    """The look comes after the event, at most one slot later."""
    window, look = look_of(at_ms, look_ms, window_looks)
    assert 0 <= look < window_looks
    assert 0 < look_at_ms(window, look, look_ms, window_looks) - at_ms <= look_ms
