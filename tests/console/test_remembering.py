"""Answers that are kept for a while."""

import threading
from collections.abc import Callable

from streams.console.remembering import REST, Remembered

TIMEOUT_S = 10.0


class Counting:
    """A question that counts how often it is asked, with a clock that only a test moves."""

    def __init__(self, takes_s: float = 0.0) -> None:
        self.now_s = 100.0
        self.found = 0
        self.takes_s = takes_s

    def find(self) -> int:
        """Return how often it was asked."""
        self.found += 1
        self.now_s += self.takes_s
        return self.found

    def remembered(self, same_for_s: float = 5.0) -> Remembered[int]:
        """Return the answer, kept."""
        return Remembered(self.find, same_for_s, lambda: self.now_s)


def test_an_answer_stays_the_same_for_its_time() -> None:
    """And is found anew after that."""
    asked = Counting()
    kept = asked.remembered()
    assert [kept.get(), kept.get()] == [1, 1]
    asked.now_s += 5.0
    assert kept.get() == 2


def test_a_costly_answer_is_kept_longer() -> None:
    """So that finding it again and again takes a part of the time only."""
    asked = Counting(takes_s=10.0)
    kept = asked.remembered()
    kept.get()
    asked.now_s += REST * 10.0 - 1
    assert kept.get() == 1
    asked.now_s += 1
    assert kept.get() == 2


def test_an_answer_is_found_once_for_all_who_wait() -> None:
    """Pages that are opened together look at the rows once."""
    asked, begun, let_go = Counting(), threading.Event(), threading.Event()

    def find() -> int:
        begun.set()
        let_go.wait(TIMEOUT_S)
        return asked.find()

    answers: list[int] = []
    kept = Remembered(find, 5.0)
    ask: Callable[[], None] = lambda: answers.append(kept.get())  # noqa: E731 - what each thread does
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert begun.wait(TIMEOUT_S)
    let_go.set()
    for thread in threads:
        thread.join()
    assert answers == [1, 1, 1, 1]


def test_the_latest_answer_makes_nobody_wait() -> None:
    """However old it is; before the first there is none."""
    asked = Counting()
    kept = asked.remembered()
    assert kept.latest() is None
    kept.get()
    asked.now_s += 1_000.0
    assert (kept.latest(), asked.found) == (1, 1)
