"""A little of everything that can reach ``turns``: repairs, served rewrites, late complaints, copies, bad records."""

from schemas.codec import encode_avro
from schemas.records import AppliedRewrite, Policy, PolicyAction, TurnEvent
from streams.settings import Settings
from tests.building import START_MS, meaning, said, signal, tick
from tests.chaos.pretended import Pretended

SETTINGS = Settings(release="floor", users_min=2, repairs_min=2)
APPLIED = AppliedRewrite("some-rewrite", 1, "treated", "continue")
HELD_OUT = AppliedRewrite("some-rewrite", 1, "held_out", "next")
DAY_S = 86_400
PEOPLE = 60
NO_TURN = b"\x00\x00\x00\x00\x01 no turn"


def events(partition: int) -> list[TurnEvent]:
    """Return the good turns, signals and ticks of one partition, in the order of time."""
    found = []
    for number in range(PEOPLE):
        user, at_s = f"p{partition}u{number}", number * DAY_S / 2
        locale = "en-US" if number % 5 else "de"
        means = meaning("go")
        found += [
            said("next", at_s, user=user, status="asked_again", expecting="step", locale=locale),
            said("continue", at_s + 8, user=user, expecting="step", means=means, locale=locale),
            said("continue", at_s + 200, user=f"{user}-other", expecting="step", means=means, locale=locale),
            said("next", at_s + 300, user=f"{user}-served", expecting="step", rewrite=APPLIED, locale=locale),
            said(
                "next",
                at_s + 400,
                user=f"{user}-held-out",
                status="asked_again",
                expecting="step",
                rewrite=HELD_OUT,
                locale=locale,
            ),
            signal("denied", f"{user}-served-{at_s + 300:g}", at_s + 900, user=f"{user}-served"),
        ]
    return [*found, tick(PEOPLE * DAY_S)]


def scene(*, gaps: bool = True, prefix: str = "pretended.") -> Pretended:
    """Return two partitions of turns, not yet processed, with bad records between the good ones."""
    pretended = Pretended(SETTINGS, gaps=gaps, prefix=prefix)
    for partition in range(2):
        good = events(partition)
        for number, event in enumerate(good):
            _arrive(pretended, partition, event)
            if number % 10 == 0:
                _arrive(pretended, partition, event)  # the same record again
                pretended.arrive(
                    "turns", partition, b"demo|x", NO_TURN, at_ms=event.occurred_at, headers=(("own", b"x"),)
                )
            if number % 50 == 0:
                late = said("too late", (event.occurred_at - START_MS) / 1_000 - 60, user=f"late{number}")
                _arrive(pretended, partition, late, event.occurred_at)
                _arrive(pretended, partition, said("too soon", 400 * DAY_S, user="soon"), event.occurred_at)
                pretended.arrive("turns", partition, None, None, at_ms=event.occurred_at)
        _arrive(pretended, partition, said("still open", PEOPLE * DAY_S + 5, user="open"))
        _arrive(pretended, partition, said("leave me alone", PEOPLE * DAY_S + 5, user="leaving"))
    return pretended


def played(*, gaps: bool = True, prefix: str = "pretended.") -> Pretended:
    """Return the scene when all of it was processed, and then some orders: there is a pin, and nothing else is live."""
    return scene(gaps=gaps, prefix=prefix).work_off(50).order(*PINS).order(*BLOCKS).order(*ERASURES)


def order(action: PolicyAction, at: int, **fields: str) -> Policy:
    """Return an order with a scope of its own."""
    return Policy(scope=f"order {at}", action=action, issued_at=at, tenant="demo", **fields)


PINS = (
    order("pin", 1, locale="de", state="step", source="weiter", target="continue"),
    order("block", 2, locale="de", user="p0u0"),
)
BLOCKS = (order("block", 3, locale="en-US", source="next"), order("kill", 4, locale="de", source="next"))
ERASURES = (order("erase", 5, user="leaving"),)


def _arrive(pretended: Pretended, partition: int, event: TurnEvent, at_ms: int | None = None) -> None:
    at_ms = event.occurred_at if at_ms is None else at_ms
    pretended.arrive("turns", partition, f"{event.tenant}|{event.user}".encode(), encode_avro(event), at_ms=at_ms)
