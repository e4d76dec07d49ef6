"""What a server must answer when nothing changes any more, from what is published and ordered. Knows no server.

The arm is worked out anew from its published rule: a hash of rewrite, user and day (UTC), as a part of 2^64.
"""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

from tests.chaos.asking import Answer, Question
from tests.chaos.decoding import Reader
from tests.chaos.orders import Ordered, forbids
from tests.chaos.rules import DAY_MS
from tests.chaos.taken import Taken

USERS: Final = tuple(f"asked{number}" for number in range(10))
"""Whom nobody ordered anything about."""

ALL: Final = 2**63


def expected(taken: Taken) -> Iterator[tuple[Question, Answer]]:
    """Yield, for some users and every rewrite that is live, what to ask and what must be answered."""
    orders = Ordered(taken, Reader("policy")).in_force(ALL)
    rewrites = Reader("rewrite")
    for raw in taken.latest("rewrites").values():
        rewrite = rewrites.read(raw.value)
        said, at_ms = rewrite["source"], rewrite["decided_at"]
        for user in USERS:
            question = Question(said, rewrite["state"], user, rewrite["tenant"], rewrite["locale"], at_ms)
            name = rewrite["rewrite_id"], rewrite["version"]
            if forbids(orders, rewrite):
                yield question, Answer(said, "", 0, None)
            elif _part(rewrite["rewrite_id"], user, at_ms) < rewrite["share"]:
                yield question, Answer(rewrite["target"], *name, "treated")
            else:
                yield question, Answer(said, *name, "held_out")


def _part(rewrite_id: str, user: str, at_ms: int) -> float:
    digest = blake2b(f"{rewrite_id}\x1f{user}\x1f{at_ms // DAY_MS}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2.0**64
