"""Faults of what comes in and what is learned: poison, wrong clocks, rewrites that harm or that nobody measures."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from schemas.records import Policy
from tests.faults import talk
from tests.faults.fault import Fault
from tests.faults.stand import Stand, now_ms
from tests.faults.talk import LOCALE, TENANT, People

AHEAD_MS: Final = 600_000
POISON: Final = b"\x00\x00\x00\x00\x01 no turn"
TEXTS: Final = 12
PEOPLE: Final = 20
"""Who repair a text: enough for a trial."""

TOO_FEW: Final = 3
"""Enough for a candidate, and for no more."""

ONLY_TREATED: Final = People(turns=5, treated=8)
BOTH: Final = People(turns=5, treated=6, held_out=2)
HARMED: Final = People(turns=2, treated=10, held_out=10, helps=False)
HELPED: Final = People(turns=2, treated=1, held_out=1)

PIN: Final = Policy("pin", "pin", now_ms(), tenant=TENANT, locale=LOCALE, source=talk.wrong(0), target=talk.right(1))
KILL: Final = Policy("everything", "kill", now_ms())


@contextmanager
def meanwhile_only(_: Stand) -> Iterator[None]:
    """Nothing but what is done at each look."""
    yield


def send_poison(stand: Stand) -> None:
    """Send some records that are no turns."""
    for number in range(4):
        stand.send("turns", f"{TENANT}|poison{number}".encode(), POISON)


def speak_ahead(stand: Stand) -> None:
    """Send some turns that are dated ten minutes ahead."""
    stand.say(talk.plain(4, now_ms() + AHEAD_MS))


def _is_learned(stand: Stand, texts: int) -> bool:
    """Let texts be repaired by enough people, once; tell whether rewrites of all of them are published."""
    if not stand.is_open():
        return False
    if not stand.noted.get("taught"):
        stand.noted["taught"] = True
        teach(stand, texts, PEOPLE)
    found = stand.published()
    stand.noted["rewrite"] = found[-1] if found else None
    return len({rewrite.source for rewrite in found}) == texts


def teach(stand: Stand, texts: int, people: int) -> None:
    """Let texts be repaired by people."""
    at_ms = now_ms()
    for number in range(texts):
        stand.say(talk.repaired(number, people, at_ms))


def one_learned(stand: Stand) -> bool:
    """Have one rewrite on trial."""
    return _is_learned(stand, 1)


def many_learned(stand: Stand) -> bool:
    """Have many rewrites on trial."""
    return _is_learned(stand, TEXTS)


def one_pinned(stand: Stand) -> bool:
    """Have one rewrite pinned."""
    if not stand.is_open():
        return False
    if not stand.noted.get("pinned"):
        stand.noted["pinned"] = True
        stand.order(PIN)
    stand.noted["rewrite"] = next((found for found in stand.published() if found.stage == "pinned"), None)
    return stand.noted["rewrite"] is not None


@contextmanager
def held_out_unreported(stand: Stand) -> Iterator[None]:
    """Programs that serve report what they rewrote, and not what they held out."""
    stand.people = ONLY_TREATED
    yield
    stand.people = BOTH


@contextmanager
def killed_all(stand: Stand) -> Iterator[None]:
    """Somebody forbids every rewrite."""
    stand.order(KILL)
    yield
    stand.order(KILL, is_given=False)


@contextmanager
def harming(stand: Stand) -> Iterator[None]:
    """What is pinned harms: who is held out is understood, who is served is not."""
    stand.people = HARMED
    yield
    stand.order(PIN, is_given=False)
    stand.people = People()
    stand.noted["rewrite"] = None


@contextmanager
def too_few_repair(stand: Stand) -> Iterator[None]:
    """Texts are repaired by fewer people than it takes."""
    teach(stand, TEXTS, TOO_FEW)
    yield
    teach(stand, TEXTS, PEOPLE)


FAULTS: Final = (
    Fault(
        ("RepriseRejectedRatio",),
        "four records in fourteen were no turns",
        "no more of these were sent",
        meanwhile_only,
        meanwhile=send_poison,
    ),
    Fault(
        ("RepriseClockSkew",),
        "four turns in fourteen were dated ten minutes ahead",
        "no more of these were sent",
        meanwhile_only,
        meanwhile=speak_ahead,
    ),
    Fault(
        ("RepriseHoldOutMissing",),
        "a rewrite on trial, of which only the treated turns were reported",
        "both arms were reported again",
        held_out_unreported,
        prepared=one_learned,
        people=BOTH,
        quicker=24,
    ),
    Fault(
        ("RepriseWithdrawalsSurge",),
        "twelve live rewrites killed by one order",
        "the order was taken back, and the window passed",
        killed_all,
        prepared=many_learned,
        quicker=4,
    ),
    Fault(
        ("RepriseWinLossBelowFloor", "RepriseRewritesHarm"),
        "a pinned rewrite whose treated turns failed, while the held-out ones succeeded",
        "the pin was taken away, and the window passed",
        harming,
        prepared=one_pinned,
        people=HELPED,
        quicker=48,
    ),
    Fault(
        ("RepriseNothingLearned",),
        "twelve texts repaired by three people each, while people went on talking",
        "twenty more people repaired each",
        too_few_repair,
        people=People(turns=15),
        quicker=144,
    ),
)
"""In the order in which they are played."""
