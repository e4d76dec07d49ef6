"""Windows as rows for training, drawn anew each epoch. Knows rows and a seed, no network."""

from collections.abc import Sequence
from functools import cached_property
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.pairs import LATER_TURNS_MAX, Window
from models.teacher.inputs import Reader, Row

POOL_BATCHES: Final = 16
"""Rows of so many batches are sorted by length together: little is filled up, and no two epochs are alike."""


class WindowRows:
    """Windows with known answers, whole and cut to single pairs."""

    def __init__(self, reader: Reader, windows: Sequence[Window], *, answered: bool = True) -> None:
        """Read the windows.

        Raises:
            ValueError: there is none, or (with ``answered``) one has no answer.
        """
        if not windows:
            message = "there is nothing to learn from: give at least one window"
            raise ValueError(message)
        if answered and any(window.answer is None for window in windows):
            message = "answer must be known in every window: -1 or an index in later"
            raise ValueError(message)
        self.windows = windows
        self.whole = reader.rows(windows)
        self._reader = reader

    @cached_property
    def singles(self) -> list[Row]:
        """Every source with every later turn of its window, each as a window of its own."""
        return [
            self._reader.single(window, row, index)
            for window, row in zip(self.windows, self.whole, strict=True)
            for index in range(len(window.later))
        ]

    @cached_property
    def one_of_each(self) -> list[Row]:
        """One later turn of each window, always the same ones."""
        chance = Random("one of each")  # noqa: S311 - a sample, not a secret
        return [self._single(place, chance) for place in range(len(self.whole))]

    def drawn(self, seed: int, epoch: int, single_share: float, batch_size: int) -> list[list[Row]]:
        """Return the batches of an epoch: each window once, a share of them cut to one later turn."""
        chance = Random(f"{seed}|{epoch}")  # noqa: S311 - a sample, not a secret
        rows = [
            self._single(place, chance) if chance.random() < single_share else row
            for place, row in enumerate(self.whole)
        ]
        chance.shuffle(rows)
        pool = POOL_BATCHES * batch_size
        batches: list[list[Row]] = []
        for start in range(0, len(rows), pool):
            alike = sorted(rows[start : start + pool], key=lambda row: row.length)
            batches += [alike[at : at + batch_size] for at in range(0, len(alike), batch_size)]
        chance.shuffle(batches)
        return batches

    def batches(self, batch_size: int) -> int:
        """Return how many batches an epoch has."""
        pool = POOL_BATCHES * batch_size
        whole, rest = divmod(len(self.whole), pool)
        return whole * POOL_BATCHES + -(-rest // batch_size)

    def _single(self, place: int, chance: Random) -> Row:
        window = self.windows[place]
        if len(window.later) == 1:
            return self.whole[place]
        return self._reader.single(window, self.whole[place], chance.randrange(len(window.later)))


def columns_of(rows: Sequence[Row]) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.int64]]:
    """Return features, shape ``(n, LATER_TURNS_MAX, columns)``, where there are any, and answers."""
    columns = np.zeros((len(rows), LATER_TURNS_MAX, rows[0].columns.shape[1]), np.float32)
    present = np.zeros((len(rows), LATER_TURNS_MAX), np.bool_)
    for place, row in enumerate(rows):
        columns[place, : len(row.columns)] = row.columns
        present[place, : len(row.columns)] = True
    return columns, present, np.array([row.answer for row in rows], np.int64)
