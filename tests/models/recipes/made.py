"""A result without any training: made-up pairs with made-up scores. Knows what is measured, no model."""

from random import Random
from typing import Final

import numpy as np

from models.pairs import Example
from models.recipes.evaluating import Scored, measured, slices
from models.recipes.results import Compared, Measured, Result, Source

PAIRS: Final = 240
LOCALES: Final = ("de-DE", "en-US", "he-IL")


def examples(count: int = PAIRS, source: str = "made") -> list[Example]:
    """Return labelled pairs of three locales, four of each session."""
    return [
        Example(
            f"first {number}",
            f"second {number}",
            float(number % 3 == 0),
            LOCALES[number // 4 % len(LOCALES)],
            reply="Sorry?" if number % 2 else "",
            first_failed=bool(number % 2),
            gap_s=float(number % 40),
            group=f"session {number // 4}",
            source=source,
        )
        for number in range(count)
    ]


def scored(pairs: list[Example], seed: int = 0, skill: float = 0.3) -> Scored:
    """Return scores that are right more often than not."""
    chance = Random(seed)  # noqa: S311 - a test draws the same each time
    values = [min(1.0, max(0.0, 0.5 + skill * (2 * pair.label - 1) + chance.gauss(0, 0.25))) for pair in pairs]
    return Scored(pairs, np.array(values), 0.5)


def one_measured(key: str = "bundled", *, texts: bool = True, pairs: list[Example] | None = None) -> Measured:
    """Return what is told of made-up scores, beside those of another model."""
    own = pairs or examples()
    other = Compared("other-1", 0.5, slices(scored(own, 1, 0.1), draws=40, seed=0))
    return measured(key, f"{key} pairs of a test", scored(own), [other], draws=40, seed=0, texts=texts)


def result(*found: Measured, **given: object) -> Result:
    """Return a result."""
    options: dict[str, str | int | float | bool] = {"seed": 7, "teacher": "none", "buckets": 0}
    fields: dict[str, object] = {
        "name": "made-1",
        "version": "1.2.3",
        "threshold": 0.5,
        "command": "reprise train rephrase --out made",
        "options": options,
        "sources": (Source("made", "Free (F-1)", 200, 40),),
        "teacher": "",
        "measured": found or (one_measured(),),
    }
    return Result(**{**fields, **given})  # type: ignore[arg-type]
