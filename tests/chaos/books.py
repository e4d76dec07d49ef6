"""What learn's books must say after some trails, as far as it can be counted exactly. Knows no code of learn.

Most of learn's counts fade with time or take one outcome per user and day, so that they cannot be recounted without
doing what learn does. These can: trails booked, failures people were told of and those they let pass (per chain),
spellings (per text), served turns and corrections (per rewrite and version), and the clock of each chain.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

FORMS_MAX = 8
"""Spellings kept of a text: the first ones."""

NOT_MISHEARD = frozenset({"false_wake", "result"})
"""Failure points that say nothing about the words."""


@dataclass
class Book:
    """One chain."""

    clocks: dict[int, int] = field(default_factory=dict)
    now: int = 0
    booked: int = 0
    visible: int = 0
    abandoned: int = 0
    forms: dict[str, Counter[str]] = field(default_factory=dict)
    seen_at: dict[str, int] = field(default_factory=dict)
    served: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    served_at: dict[tuple[str, int], int] = field(default_factory=dict)


class Books:
    """The chains of one partition of ``trails``."""

    def __init__(self, partitions: int) -> None:
        """Begin with nothing; ``partitions`` is how many detect partitions a chain's clock waits for."""
        self.chains: dict[str, Book] = {}
        self._partitions = partitions

    def enter(self, record: dict[str, Any]) -> int:
        """Book one record, and return how many trails were in it."""
        for trail in record["trails"]:
            book = self._book(f"{trail['tenant']}|{trail['locale']}")
            self._advance(book, record["partition"], trail["settled_at"])
            book.booked += 1
            self._trail(book, trail)
            for turn in trail["turns"]:
                if turn["rewrite"] is not None:
                    self._serve(book, turn["rewrite"], f"{turn['rewrite']['arm']}_turns", turn["occurred_at"])
        for correction in record["corrections"]:
            book = self._book(f"{record['tenant']}|{record['locale']}")
            self._serve(book, correction["rewrite"], "corrections", correction["occurred_at"])
        if not record["trails"] and not record["corrections"]:
            for book in self.chains.values():
                self._advance(book, record["partition"], record["partition_time"])
        return len(record["trails"])

    def _book(self, name: str) -> Book:
        return self.chains.setdefault(name, Book())

    def _advance(self, book: Book, partition: int, time: int) -> None:
        book.clocks[partition] = max(book.clocks.get(partition, 0), time)
        if len(book.clocks) >= self._partitions:
            # A partition that never had a turn says 0, and holds nobody back.
            book.now = max(book.now, min((told for told in book.clocks.values() if told), default=0))

    @staticmethod
    def _serve(book: Book, rewrite: dict[str, Any], what: str, at_ms: int) -> None:
        """Count a served turn or a complaint about one, whatever came of it, for its rewrite and version alone."""
        version = rewrite["rewrite_id"], rewrite["version"]
        book.served[(*version, what)] += 1
        book.served_at[version] = max(book.served_at.get(version, 0), at_ms)

    @staticmethod
    def _trail(book: Book, trail: dict[str, Any]) -> None:
        last = trail["turns"][-1]
        for turn in _outcomes(trail):
            forms = book.forms.setdefault(turn["said"], Counter())
            if turn["heard"] in forms or len(forms) < FORMS_MAX:
                forms[turn["heard"]] += 1
            book.seen_at[turn["said"]] = max(book.seen_at.get(turn["said"], 0), turn["occurred_at"])
            if turn["outcome"] == "failure" and not turn["silent"]:
                book.visible += 1
                book.abandoned += turn is last


def _outcomes(trail: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the turns that are evidence about their own words."""
    for turn in trail["turns"]:
        treated = turn["rewrite"] is not None and turn["rewrite"]["arm"] == "treated"
        if turn["said"] and turn["outcome"] != "unknown" and not treated and turn["failure_point"] not in NOT_MISHEARD:
            yield turn
