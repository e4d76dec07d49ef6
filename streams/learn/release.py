"""The private release gate: at which look a text may leave the store. Knows no users, only how many there are.

Looks happen on a clock, never on arrival. Within a window, key ``x`` with ``n_t`` users at look ``t`` is released at
the first look where

    n_t + nu_t >= tau + rho        rho: fixed for key and window, nu_t: fresh for each look; both two-sided geometric

the sparse vector technique (Dwork and Roth, "The algorithmic foundations of differential privacy", 2014, section 3.6)
with one answer. One user more changes every ``n_t`` by at most one. Moving ``rho`` by one then makes up for all looks
that stayed closed, moving the ``nu_t`` of the releasing look makes up for that one: how many looks there are costs
nothing. What one move cannot hide is a key that exists because of one user alone; ``tau`` is the smallest value that
keeps its chance of ever being released at ``delta``. Keys without users are not looked at.

A floor beside the noise would tell ``k`` users from ``k - 1`` with certainty. A floor can only shift the count: ``n -
(k - 1)`` takes the place of ``n``, and keys below the floor are those without users.

The promise is for one key and one window, and for which texts leave, not for the figures beside them. Who calls must
count a user once, and let one user count for a limited number of keys a window: epsilon is that many times larger for
the user as a whole.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from streams.learn import noise

WINDOWS_REMEMBERED: Final = 4_096
"""Keys and windows whose requirements stay at hand: 24 MiB at 720 looks. Any of them can be drawn again."""

RHO_MASS_MIN: Final = 1e-18
"""What is left out on either side when summing over ``rho``: far below any delta worth asking for."""


def released_alone(tau: int, epsilon: float, looks: int) -> float:
    """Return the chance that a key with one user at every look is ever released, summed exactly over ``rho``."""
    rho = _rho_values(epsilon)
    opens = noise.at_least(tau + rho - 1, epsilon)
    with np.errstate(divide="ignore"):  # a look that opens for certain leaves log(0), as it should
        ever = -np.expm1(looks * np.log1p(-opens))
    return float(noise.mass(rho, epsilon) @ ever)


@lru_cache(256)
def tau(epsilon: float, delta: float, looks: int) -> int:
    """Return the smallest threshold whose chance to release a lone user's key within a window is at most ``delta``.

    Raises:
        ValueError: epsilon is not positive, delta is not inside (0, 1), or there is no look.
    """
    if not (epsilon > 0.0 and 0.0 < delta < 1.0 and looks >= 1):
        msg = f"need epsilon > 0, 0 < delta < 1 and looks >= 1, not {epsilon!r}, {delta!r} and {looks!r}"
        raise ValueError(msg)
    low, high = 0, 1
    while released_alone(high, epsilon, looks) > delta:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if released_alone(middle, epsilon, looks) > delta else (low, middle)
    return high


def look_of(at_ms: int, look_ms: int, window_looks: int) -> tuple[int, int]:
    """Return the window and the look that first sees an event of this time.

    Look ``t`` of window ``w`` happens at the end of its slot, see ``look_at_ms``, and sees all that happened before.
    """
    return divmod(at_ms // look_ms, window_looks)


def look_at_ms(window: int, look: int, look_ms: int, window_looks: int) -> int:
    """Return when a look happens."""
    return (window * window_looks + look + 1) * look_ms


class Gate:
    """The gate with its settings, and the noise of the keys asked about lately.

    Args:
        epsilon: privacy loss of one key in one window.
        delta: chance that a key with one user is released within a window.
        looks: looks in a window.
        secret: key of the noise. Whoever knows it can undo the privacy, but not the repeatability.
        floor: a key with fewer users never leaves; None for no floor.

    Attributes:
        threshold: ``tau``.

    Raises:
        ValueError: as ``tau``, or a floor below 1.
    """

    def __init__(self, epsilon: float, delta: float, looks: int, secret: bytes, floor: int | None = None) -> None:
        if floor is not None and floor < 1:
            msg = f"a floor is at least one user, not {floor!r}"
            raise ValueError(msg)
        self.epsilon = epsilon
        self.delta = delta
        self.looks = looks
        self.floor = floor
        self.threshold = tau(epsilon, delta, looks)
        self._secret = secret
        self._remembered = lru_cache(WINDOWS_REMEMBERED)(self._draw)

    def requirements(self, key: str, window: int) -> NDArray[np.int32]:
        """Return how many users release a key at each look of a window, shape (looks,); read-only."""
        return self._remembered(key, window)[0]

    def next_look(self, key: str, window: int, users: int, from_look: int = 0) -> int | None:
        """Return the first look, of those from ``from_look`` on, at which so many users are enough; None for none.

        Users of a key only become more within a window: ask again when they do, the look may then come earlier.
        """
        required, least = self._remembered(key, window)
        if from_look >= self.looks or users < least[from_look]:
            return None
        return from_look + int(np.argmax(required[from_look:] <= users))

    def least(self, key: str, window: int, from_look: int = 0) -> int | None:
        """Return the fewest users that release a key at any look from ``from_look`` on; None when no look is left."""
        return None if from_look >= self.looks else int(self._remembered(key, window)[1][from_look])

    def _draw(self, key: str, window: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the requirement of each look, and the least from each look on."""
        drawn = noise.draws(self._secret, key, window, 1 + self.looks, self.epsilon)
        required = np.maximum(self.threshold + drawn[0] - drawn[1:], 1)  # a key without users is not looked at
        if self.floor is not None:
            required += self.floor - 1
        least = np.minimum.accumulate(required[::-1])[::-1]
        required.flags.writeable = least.flags.writeable = False
        return required, least


def _rho_values(epsilon: float) -> NDArray[np.int64]:
    reach = int(np.ceil(-np.log(RHO_MASS_MIN) / epsilon))
    return np.arange(-reach, reach + 1)
