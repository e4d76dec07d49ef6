"""Audits release rules exactly: the law of the release look, and its true delta between neighbouring streams.

``python -m tests.learn.release_audit`` prints the table. Nothing is sampled: the law of the first look that opens is
summed over the noise, and two streams that differ by one user are compared by the hockey-stick divergence, in both
directions. The audit searches streams, so what it finds for a rule is a lower bound of that rule's delta.
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from streams.learn import noise
from streams.learn.release import tau

EPSILON = 1.0
DELTA = 1e-5
FLOOR = 20

Path = NDArray[np.int64]
"""Users of a key at each look, shape (looks,)."""

Law = NDArray[np.float64]
"""Chance of release at each look, and last of none, shape (looks + 1,)."""

Rule = Callable[[Path], Law]


class Neighbours(NamedTuple):
    """Two streams of one key, the second with one user more from some look on."""

    name: str
    without: Path
    with_one: Path


class Finding(NamedTuple):
    """The largest delta found for a rule, and where."""

    delta: float
    where: str


# -- laws of the first opening -----------------------------------------------------------------------------------------


def first_opening(opens: NDArray[np.float64]) -> Law:
    """Return the law of the first success of independent tries with these chances, along the last axis."""
    closed = np.cumprod(1.0 - opens, axis=-1)
    before = np.concatenate([np.ones_like(closed[..., :1]), closed[..., :-1]], axis=-1)
    return np.concatenate([before * opens, closed[..., -1:]], axis=-1)


def gate_law(
    path: Path,
    *,
    epsilon: float = EPSILON,
    delta: float = DELTA,
    lowered: int = 0,
    sharper: float = 1.0,
    floor: int = 1,
) -> Law:
    """Return the law of the gate as specified; ``lowered`` and ``sharper`` (less noise) break it on purpose."""
    threshold = tau(epsilon, delta, len(path)) - lowered
    counted = np.maximum(path - (floor - 1), 0)
    rho = _rho()
    opens = noise.at_least(threshold + rho[:, None] - counted[None, :], epsilon * sharper)
    return noise.mass(rho, epsilon * sharper) @ first_opening(opens * (counted > 0))


def fresh_rho_law(path: Path) -> Law:
    """Return the law when ``rho`` is redrawn at each look."""
    rho = _rho()
    opens = noise.mass(rho, EPSILON) @ noise.at_least(_tau(path) + rho[:, None] - path[None, :], EPSILON)
    return first_opening(opens * (path > 0))


def reused_nu_law(path: Path) -> Law:
    """Return the law when all looks share one ``nu``: the highest count so far meets one noisy threshold."""
    rho = _rho()
    opens = noise.mass(rho, EPSILON) @ noise.at_least(_tau(path) + rho[:, None] - path[None, :], EPSILON)
    return _first_crossing(opens * (path > 0))


def no_rho_law(path: Path) -> Law:
    """Return the law with noise on the count at each look and none on the threshold, ``tau`` set as if there were."""
    return first_opening(noise.at_least(_tau(path) - path, EPSILON) * (path > 0))


def curve(users_max: int) -> NDArray[np.float64]:
    """Return the optimal chance to keep a key of 0, 1, ... users in one decision (Desfontaines et al. 2020, 3.1)."""
    keep = [0.0]
    for _ in range(users_max):
        grown = keep[-1] * math.exp(EPSILON) + DELTA
        keep.append(min(grown, 1.0 - math.exp(-EPSILON) * (1.0 - keep[-1] - DELTA), 1.0))
    return np.array(keep)


def fresh_curve_law(path: Path, *, floor: int = 0) -> Law:
    """Return the law when the curve decides anew at each look, beside a hard floor or without one."""
    return first_opening(curve(int(path.max()))[path] * (path >= floor))


def hashed_threshold_law(path: Path) -> Law:
    """Return the law when a hash of the key fixes once and for all how far up the curve it must come."""
    return _first_crossing(curve(int(path.max()))[path])


RULES: dict[str, Rule] = {
    "sparse vector (the gate)": gate_law,
    "sparse vector, floor shifts the count": lambda path: gate_law(path, floor=FLOOR),
    "hard floor of 20 and the optimal curve": lambda path: fresh_curve_law(path, floor=FLOOR),
    "optimal curve, fresh at each look": fresh_curve_law,
    "one hashed threshold a key": hashed_threshold_law,
    "rho fresh at each look": fresh_rho_law,
    "nu the same at all looks": reused_nu_law,
    "no rho": no_rho_law,
    "tau lowered by 4": lambda path: gate_law(path, lowered=4),
    "half the noise": lambda path: gate_law(path, sharper=2.0),
}
SOUND = tuple(RULES)[:2]
"""The rules that must hold; all others must be found out."""


# -- neighbouring streams and their divergence -------------------------------------------------------------------------


def neighbours(looks: int, seed: int = 1) -> Iterator[Neighbours]:
    """Yield streams that differ by one user: constant, growing, in steps and at random; the one comes at any look."""
    times = np.arange(looks)
    starts = sorted({0, 1, looks // 2, looks - 1})
    for level in (*range(30), 33, 36, 39, 42, 45):
        yield from _added(f"constant {level}", np.full(looks, level), starts)
    for pace in (0.02, 0.1, 0.5, 1.0, 2.0):
        yield from _added(f"growing {pace} a look", (times * pace).astype(np.int64), starts)
    for level in (5, 12, 17, 19, 25):
        yield from _added(f"late step to {level}", np.where(times < looks - 2, 1, level), starts)
    chance = np.random.default_rng(seed)
    for number in range(20):
        arrivals = np.sort(chance.integers(0, looks, chance.integers(0, 40)))
        yield from _added(f"random {number}", np.searchsorted(arrivals, times, side="right"), starts)


def hockey_stick(one: Law, other: Law, epsilon: float = EPSILON) -> float:
    """Return the smallest delta with which the two laws are (epsilon, delta)-close, in both directions."""
    factor = math.exp(epsilon)
    there = np.maximum(one - factor * other, 0.0).sum()
    back = np.maximum(other - factor * one, 0.0).sum()
    return float(max(there, back))


def audit(rule: Rule, looks: int) -> Finding:
    """Return the largest delta over all streams."""
    return max(Finding(hockey_stick(rule(pair.without), rule(pair.with_one)), pair.name) for pair in neighbours(looks))


def _added(name: str, without: Path, starts: list[int]) -> Iterator[Neighbours]:
    for start in starts:
        more = without + (np.arange(len(without)) >= start)
        yield Neighbours(f"{name}, one more from look {start}", without, more)


def _first_crossing(chance: NDArray[np.float64]) -> Law:
    """Return the law of the first look whose chance passes one uniform number."""
    reached = np.maximum.accumulate(chance)
    return np.concatenate([np.diff(reached, prepend=0.0), [1.0 - reached[-1]]])


def _rho() -> Path:
    return np.arange(-42, 43)


def _tau(path: Path) -> int:
    return tau(EPSILON, DELTA, len(path))


def main() -> None:
    """Print the table."""
    table = Table(title=f"true delta at epsilon {EPSILON:g}, wanted {DELTA:g}")
    for heading in ("rule", "30 looks", "720 looks", "worst stream found (30 looks)"):
        table.add_column(heading)
    for name, rule in RULES.items():
        few, many = audit(rule, 30), audit(rule, 720)
        table.add_row(name, f"{few.delta:.4g}", f"{many.delta:.4g}", few.where)
    console = Console(width=120)
    console.print(table)
    released = Table(title="share of keys released, users constant over the window")
    for heading in ("looks", "tau", "floor", "half of the keys at", "99 in 100 at"):
        released.add_column(heading, justify="right")
    for looks in (30, 720):
        for floor in (1, FLOOR):
            never = np.array([gate_law(np.full(looks, users), floor=floor)[-1] for users in range(80)])
            half, most = (int(np.argmax(never <= 1.0 - share)) for share in (0.5, 0.99))
            cells = (str(looks), str(tau(EPSILON, DELTA, looks)), str(floor), f"{half} users", f"{most} users")
            released.add_row(*cells)
    console.print(released)


if __name__ == "__main__":
    main()
