"""Windows as rows of tokens with marks, and batches of them. Knows windows and a tokenizer, no network.

One row holds ``[CLS] source, its reply [SEP] later turn, its reply [SEP] later turn ...``. What is no word (who
speaks, which turn, how long after, failed, interrupted) is a mark beside each token, so that any tokenizer will do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate
from math import isfinite
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from models import features
from models.pairs import LATER_TURNS_MAX, Window, WindowTurn, examples_of
from models.teacher.config import TeacherConfig

GAP_EDGES_S: Final = (6.0, 10.0, 15.0, 22.0, 35.0, 60.0, 120.0, 300.0)
"""Edges of the buckets of time since the source: about the quantiles of the time between two commands."""

GAPS: Final = len(GAP_EDGES_S) + 2
"""The buckets, and first of all one for times that nobody measured."""

TURNS: Final = LATER_TURNS_MAX + 1
FLAGS: Final = 8
"""Failed, interrupted, another question: one bit each."""


class Role(IntEnum):
    """What a token is."""

    SPECIAL = 0
    SAID = 1
    REPLY = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One window as tokens.

    Attributes:
        marks: token, role, turn (0 is the source), gap bucket and flags of each place, shape ``(5, length)``.
        columns: features of the source with each later turn, shape ``(later turns, columns)``.
        answer: 0 for none, else 1 + the index of the later turn; -1 where it is not known.
    """

    marks: NDArray[np.int64]
    columns: NDArray[np.float32]
    answer: int

    @property
    def length(self) -> int:
        """Tokens."""
        return int(self.marks.shape[1])


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one shape.

    Attributes:
        marks: as in :class:`Row`, shape ``(5, n, length)``; filled up with 0.
        mask: True where there is a token, shape ``(n, length)``.
        columns: shape ``(n, LATER_TURNS_MAX, columns)``; 0 where there is no turn.
        present: True where there is a later turn, shape ``(n, LATER_TURNS_MAX)``.
        answers: shape ``(n,)``.
    """

    marks: torch.Tensor
    mask: torch.Tensor
    columns: torch.Tensor
    present: torch.Tensor
    answers: torch.Tensor


class Reader:
    """Makes rows of windows."""

    def __init__(self, tokenizer: Any, config: TeacherConfig) -> None:
        """Take the tokenizer of an encoder."""
        self._tokenizer = tokenizer
        self._config = config
        self._first = tokenizer.cls_token_id
        self._end = tokenizer.sep_token_id

    def rows(self, windows: Sequence[Window]) -> list[Row]:
        """Return the windows as rows, in order.

        Raises:
            ValueError: a window has no later turn or too many; the message names the field.
        """
        for window in windows:
            _check(window)
        pairs = [example for window in windows for example in examples_of(window)]
        columns = features.matrix(pairs)
        ends = list(accumulate(len(window.later) for window in windows))
        parts = self._tokens(windows)
        return [
            self._row(window, parts, columns[end - len(window.later) : end])
            for window, end in zip(windows, ends, strict=True)
        ]

    def single(self, window: Window, row: Row, index: int) -> Row:
        """Return a window cut to its source and one later turn, which is how that pair looks in the stream."""
        later = window.later[index]
        alone = WindowTurn(later.said, "", later.failed, later.gap_s, later.same_question, later.barge_in and not index)
        answer = -1 if row.answer < 0 else int(row.answer == index + 1)
        cut = Window(window.source, (alone,))
        marks = self._marks(cut, self._tokens([cut]))
        return Row(marks, row.columns[index : index + 1], answer)

    def _row(self, window: Window, parts: dict[str, list[int]], columns: NDArray[np.float32]) -> Row:
        answer = -1 if window.answer is None else window.answer + 1
        return Row(self._marks(window, parts), columns, answer)

    def _tokens(self, windows: Sequence[Window]) -> dict[str, list[int]]:
        turns = [turn for window in windows for turn in (window.source, *window.later)]
        texts = list({text for turn in turns for text in (turn.said, turn.reply) if text})
        if not texts:
            return {}
        found = self._tokenizer(texts, add_special_tokens=False, truncation=False, verbose=False)["input_ids"]
        return dict(zip(texts, found, strict=True))

    def _marks(self, window: Window, parts: dict[str, list[int]]) -> NDArray[np.int64]:
        turns = (window.source, *window.later)
        unknown = [self._tokenizer.unk_token_id]
        said = [(parts.get(turn.said) or unknown)[: self._config.said_tokens_max] for turn in turns]
        replies = [parts.get(turn.reply, [])[: self._config.reply_tokens_max] for turn in turns]
        cap = fair_cap([*map(len, said), *map(len, replies)], self._config.tokens_max - len(turns) - 1)
        pieces = []
        for place, turn in enumerate(turns):
            start = [self._first] if place == 0 else []
            words, reply = said[place][:cap], replies[place][:cap]
            tokens = [*start, *words, *reply, self._end]
            roles = [Role.SPECIAL] * len(start) + [Role.SAID] * len(words) + [Role.REPLY] * len(reply) + [Role.SPECIAL]
            same = [place, gap_bucket(turn.gap_s) if place else 0, flags_of(turn)]
            pieces.append(np.array([tokens, roles, *([value] * len(tokens) for value in same)], np.int64))
        return np.concatenate(pieces, axis=1)


def fair_cap(lengths: Sequence[int], room: int) -> int:
    """Return the greatest length, at least 1, to which all parts can be cut so that they fit together.

    Short parts stay whole; the longest give first.
    """
    left = sorted(lengths)
    cap = max(left, default=1)
    for place, length in enumerate(left):
        share = room // (len(left) - place)
        if length > share:
            return max(share, 1)
        room -= length
    return max(cap, 1)


def gap_bucket(gap_s: float) -> int:
    """Return the bucket of a time since the source, 0 where nobody measured it."""
    if not isfinite(gap_s) or gap_s <= 0.0:
        return 0
    return 1 + int(np.searchsorted(GAP_EDGES_S, gap_s, side="right"))


def flags_of(turn: WindowTurn) -> int:
    """Return failed, interrupted and another question as bits."""
    return int(turn.failed) + 2 * int(turn.barge_in) + 4 * int(not turn.same_question)


def batch_of(rows: Sequence[Row]) -> Batch:
    """Return rows as one batch, filled up to the longest."""
    length = max(row.length for row in rows)
    marks = np.zeros((5, len(rows), length), np.int64)
    mask = np.zeros((len(rows), length), np.bool_)
    columns = np.zeros((len(rows), LATER_TURNS_MAX, len(features.COLUMNS)), np.float32)
    present = np.zeros((len(rows), LATER_TURNS_MAX), np.bool_)
    for place, row in enumerate(rows):
        marks[:, place, : row.length] = row.marks
        mask[place, : row.length] = True
        columns[place, : len(row.columns)] = row.columns
        present[place, : len(row.columns)] = True
    return Batch(
        torch.from_numpy(marks),
        torch.from_numpy(mask),
        torch.from_numpy(columns),
        torch.from_numpy(present),
        torch.tensor([row.answer for row in rows]),
    )


def _check(window: Window) -> None:
    count = len(window.later)
    if not 1 <= count <= LATER_TURNS_MAX:
        message = f"later must hold 1 to {LATER_TURNS_MAX} turns, not {count}"
        raise ValueError(message)
    if window.answer is not None and not -1 <= window.answer < count:
        message = f"answer must be -1 or an index in later (0 to {count - 1}), not {window.answer}"
        raise ValueError(message)
