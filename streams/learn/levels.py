"""How much evidence each of many pairs needs, so that few of all found are wrong. Knows no pairs, only numbers.

A test at level ``alpha`` for each pair lets through up to ``alpha`` of the worthless ones; of 10,000 worthless pairs
that is 500, beside however few good ones. Here all pairs of one chain share ``alpha``: pair number ``i`` has the part
``gamma(i)`` of it, and every earlier discovery earns a further share, because one mistake among many discoveries is
a small part of them.

**The rule** is e-LOND (Xu and Ramdas, "Online multiple testing with e-values", 2024): find pair ``i`` at
``E_i >= 1 / (alpha gamma(i) (found + 1))``. There each hypothesis is decided once. Here a pair may be found at any
later moment, as in online e-BH (Fischer, Xu and Ramdas, "An online generalization of the (e-)Benjamini-Hochberg
procedure", 2024).

**Why the false discovery rate is at most alpha at every moment.** Let pair ``i`` be found at the moment ``T_i``, as
number ``R_i = found + 1`` in the order of finding. What is found stays counted, so at any later moment ``R >= R_i``
are found, and the false discovery proportion is

    sum over worthless i of 1{found} / R  <=  sum 1{found} / R_i  <=  sum alpha gamma(i) E_i(T_i),

the last step because ``E_i(T_i) alpha gamma(i) R_i >= 1`` when the pair is found. ``T_i`` is a stopping time, ``E_i``
starts at 1 and is never expected to grow, so ``E_i(T_i)`` has an expectation of at most 1; the sum of ``gamma`` is 1;
so the expectation of the proportion is at most ``alpha``. How the pairs depend on one another does not enter.

**What this does not cover.**

* ``T_i`` depends on all pairs through ``found``. So the next outcome of a worthless pair must be no better than its
  null given *everything* booked before, of other pairs too. Outcomes shared at the same moment are fine; a pair that
  foretells another's outcomes is not.
* A number must not depend on the pair's own evidence. If only pairs that already have some are numbered, as candidates
  are, the bound is ``alpha`` times the e-value at numbering: ``already`` makes up for that. Where several questions
  must all pass, each pays for its own past: the smallest e-value at numbering may be of a question that is true.
* The rate is one of each chain. Over many chains its average is at most ``alpha``, not the proportion in all together.
* It counts what was ever found: withdrawn rewrites stay in ``found``, and a second attempt at a pair needs a number, or
  a level, of its own.
"""

import math
from typing import Final

OFFSET: Final = 20
"""Where the levels begin to fall: the first twenty numbers have about the same level. Chosen by measured power at 10 to
10,000 candidates, against the sequences in ``tests/bench/bench_levels.py``."""


_OFFSET_MIN: Final = 2
"""Below it the first part would be infinite: its logarithm is divided by."""


def level_part(number: int, offset: int = OFFSET) -> float:
    """Return ``gamma``: the part of ``alpha`` that belongs to a hypothesis; over all numbers the parts sum to 1.

    With ``k`` the offset, ``gamma(i) = ln(k) (1/ln(i+k-1) - 1/ln(i+k))``. The sum telescopes, so that it is 1 to the
    letter, and the parts fall like ``ln(k) / (i ln(i)^2)``, about as slowly as parts with a finite sum can.

    Args:
        number: 1, 2, ... in an order that does not look at the evidence.
        offset: at least 2.

    Raises:
        ValueError: ``number`` is below 1 or ``offset`` below 2.
    """
    if number < 1 or offset < _OFFSET_MIN:
        msg = f"number must be at least 1 and offset at least 2, not {number!r} and {offset!r}"
        raise ValueError(msg)
    before = number + offset - 1
    return math.log(offset) * math.log1p(1.0 / before) / (math.log(before) * math.log(before + 1))


def needed_e_value(alpha: float, number: int, found: int, already: float = 1.0) -> float:
    """Return the e-value at which a hypothesis counts as found, so that at most ``alpha`` of the found ones are wrong.

    Args:
        alpha: false discovery rate allowed, inside (0, 1).
        number: of this hypothesis: 1, 2, ... in the order of becoming a candidate in its chain; it never changes.
        found: how many others of the chain have been found before, those taken back since included.
        already: its e-value when it got its number, if it got it because of what was seen of it; 1 for evidence that
            only began after that.

    Raises:
        ValueError: an argument is out of its range.
    """
    if not 0.0 < alpha < 1.0 or found < 0:
        msg = f"alpha must lie inside (0, 1) and found not be negative, not {alpha!r} and {found!r}"
        raise ValueError(msg)
    return max(1.0, already) / (alpha * level_part(number) * (found + 1))
