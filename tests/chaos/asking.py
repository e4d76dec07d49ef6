"""Asks serving programs what to do with an utterance, whichever of them answers. Knows no Kafka and no table."""

import io
import json
import socket
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, NamedTuple
from zlib import crc32

ANSWER_S: Final = 0.25
"""Longest wait for an answer: whoever speaks waits for it."""

AVOID_S: Final = 1.0
"""How long one that did not answer is not asked again."""


class Question(NamedTuple):
    """An utterance: what was heard, the open question, who said it where, and when."""

    said: str
    expecting: str
    user: str
    tenant: str
    locale: str
    at_ms: int


class Answer(NamedTuple):
    """What to run, and the rewrite that says so; without an arm no rewrite applies."""

    text: str
    rewrite_id: str
    version: int
    arm: Literal["treated", "held_out"] | None


class Servers:
    """Several serving programs; each user has a usual one, and is taken to another while that does not answer.

    Attributes:
        counts: answers by arm ("none" where no rewrite applied), and questions that nobody answered ("unanswered").
    """

    def __init__(self, sockets: Sequence[Path]) -> None:
        self.counts: Counter[str] = Counter()
        self._sockets = sockets
        self._open: dict[Path, io.RawIOBase] = {}
        self._avoid_until: dict[Path, float] = {}

    def ask(self, question: Question) -> Answer | None:
        """Return the answer of the first that gives one; None when none does."""
        asked = json.dumps(question).encode() + b"\n"
        usual = crc32(question.user.encode()) % len(self._sockets)
        for place in (*self._sockets[usual:], *self._sockets[:usual]):
            line = self._asked(place, asked)
            if line:
                answer = Answer(*json.loads(line))
                self.counts[answer.arm or "none"] += 1
                return answer
        self.counts["unanswered"] += 1
        return None

    def close(self) -> None:
        """Let all of them go."""
        for place in list(self._open):
            self._let_go(place)

    def _asked(self, place: Path, question: bytes) -> bytes:
        """Return one program's answer, b"" when it gives none."""
        if time.monotonic() < self._avoid_until.get(place, 0.0):
            return b""
        with suppress(OSError):
            link = self._open.get(place) or self._link(place)
            link.write(question)
            line = link.readline()
            if line.endswith(b"\n"):
                return line
        # An answer that is late would be taken for that to the next question: begin anew.
        self._let_go(place)
        self._avoid_until[place] = time.monotonic() + AVOID_S
        return b""

    def _link(self, place: Path) -> io.RawIOBase:
        with socket.socket(socket.AF_UNIX) as connecting:
            connecting.settimeout(ANSWER_S)
            connecting.connect(str(place))
            self._open[place] = connecting.makefile("rwb", buffering=0)
        return self._open[place]

    def _let_go(self, place: Path) -> None:
        link = self._open.pop(place, None)
        if link is not None:
            link.close()
