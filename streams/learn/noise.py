"""Two-sided geometric noise: its law, and draws from a keyed stream of bytes. Knows no gate and no clock.

``P(X = k) = (1 - q) / (1 + q) q^|k|`` with ``q = exp(-epsilon)``: the discrete Laplace law (Ghosh, Roughgarden,
Sundararajan, "Universally utility-maximizing privacy mechanisms", 2009). Moving it by one changes no probability by
more than a factor of ``exp(epsilon)``.
"""

import hashlib
import hmac
import math
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

WORD_BYTES: Final = 8
"""Bytes of one draw."""

WORDS: Final = 2**64
"""Values of one draw. The law is rounded to words and ends where less than one is left, at 44 for epsilon 1. A draw so
differs from the law by about 1e-16 in all, which adds less than 1e-12 to the delta of a window of 10,000 looks."""

PURPOSE: Final = b"reprise release noise 1"
"""Keeps these draws apart from anything else made with the same secret."""


def at_least(threshold: NDArray[np.int64], epsilon: float) -> NDArray[np.float64]:
    """Return ``P(X >= threshold)`` for each threshold, exact to the last digits also far in the upper tail."""
    tail = np.exp(-epsilon * np.abs(np.where(threshold > 0, threshold, 1 - threshold))) / (1.0 + math.exp(-epsilon))
    return np.where(threshold > 0, tail, 1.0 - tail)


def mass(values: NDArray[np.int64], epsilon: float) -> NDArray[np.float64]:
    """Return ``P(X = value)`` for each value."""
    return np.exp(-epsilon * np.abs(values)) * math.tanh(epsilon / 2.0)


def draws(secret: bytes, key: str, window: int, number: int, epsilon: float) -> NDArray[np.int32]:
    """Return the first ``number`` draws of the stream of a key and window, shape (number,).

    The stream is SHAKE-256 (FIPS 202) of HMAC-SHA256(secret, key, window): without the secret it looks like coin
    tosses, streams of different keys or windows share nothing, and a longer stream begins with the shorter one.
    """
    name = key.encode("utf-8", "surrogatepass")
    message = b"%s|%d|%d|%s" % (PURPOSE, window, len(name), name)
    stream = hashlib.shake_256(hmac.digest(secret, message, "sha256")).digest(WORD_BYTES * number)
    words = np.frombuffer(stream, dtype="<u8")
    ends = _ends(epsilon)
    return (np.searchsorted(ends, words, side="right") - len(ends) // 2).astype(np.int32)


@lru_cache(64)
def _ends(epsilon: float) -> NDArray[np.uint64]:
    """Return where the words of each value end, shape (2 reach,): values -reach..reach have all words between them.

    The upper half mirrors the lower one in whole words, so the law stays symmetric to the last bit.
    """
    share = WORDS / (1.0 + math.exp(-epsilon))
    reach = math.floor(math.log(share) / epsilon)
    lower = [int(share * math.exp(-epsilon * distance)) for distance in range(reach, 0, -1)]
    return np.array([*lower, *(WORDS - words for words in reversed(lower))], dtype=np.uint64)
