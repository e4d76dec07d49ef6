"""Turns what a run noted into its truth file. Knows ledger and world; what is right to learn is decided elsewhere."""

import re
from collections.abc import Iterator, Mapping

from streams.simulate.ledger import NOTHING_MEANT, Ledger, Tally
from streams.simulate.truth import PROTECTED, SHARE_MIN, USERS_MIN, Period, TrueText, Truth, learnables
from streams.simulate.world import FOREVER_MS, Node, World

_WORDS = re.compile(r"[A-Za-z]+")


def reveal(world: World, ledger: Ledger, *, locale: str, users_min: int = USERS_MIN, **facts: int) -> Truth:
    """Return the truth so far. ``facts``: seed, turns, users, worthless, until_ms."""
    texts = tuple(
        TrueText(*node, _trap(world, node, ledger.tallies[node]), world.drifts.get(node, ("", 0))[0],
                 tuple(_periods(world, node, ledger.tallies[node], users_min, facts["until_ms"])))
        for node in sorted(ledger.tallies)
    )  # fmt: skip
    return Truth(
        seed=facts["seed"],
        turns=facts["turns"],
        users=facts["users"],
        locale=locale,
        users_min=users_min,
        worthless=bool(facts["worthless"]),
        from_ms=world.starts_ms,
        until_ms=facts["until_ms"],
        texts=texts,
        learnable=learnables(texts, locale, users_min),
    )


def is_protected(domain: str, intent: str) -> bool:
    """Return whether a word of a domain or intent, or its singular, is a protected one."""
    words = {word.lower() for word in _WORDS.findall(f"{domain} {intent}".replace("_", " "))}
    return any(word in words or f"{word}s" in words for word in PROTECTED)


def _trap(world: World, node: Node, tallies: tuple[Tally, ...]) -> str:
    """Return the written trap, or "mixed" where two goals came to sound alike."""
    if node in world.traps:
        return world.traps[node]
    wanted = [tally.wanted.values() for tally in tallies if tally.wanted]
    return "mixed" if any(max(counts) < SHARE_MIN * sum(counts) for counts in wanted) else ""


def _periods(world: World, node: Node, tallies: tuple[Tally, ...], users_min: int, until_ms: int) -> Iterator[Period]:
    changes_at_ms = world.drifts[node][1] if node in world.drifts else FOREVER_MS
    inner = [min(changes_at_ms, until_ms)] if len(tallies) > 1 else []
    bounds = [world.starts_ms, *inner, until_ms]
    for tally, from_ms, to_ms in zip(tallies, bounds[:-1], bounds[1:], strict=True):
        if tally.wanted:
            yield _period(world, node, tally, (from_ms, to_ms), users_min)


def _period(world: World, node: Node, tally: Tally, span: tuple[int, int], users_min: int) -> Period:
    uses = sum(tally.wanted.values())
    main = max(tally.wanted, key=lambda goal: (tally.wanted[goal], -goal))
    times = sorted(tally.repairs[main].values()) if main in tally.repairs else []
    meanings = {_meaning(world, goal): count / uses for goal, count in sorted(tally.wanted.items())}
    interpretation = world.goals[main].interpretation if main >= 0 else None
    return Period(
        from_ms=span[0],
        until_ms=span[1],
        meanings=meanings,
        success=_success(world, node, tally.wanted, span[0]),
        uses=uses,
        users=len(tally.users),
        repairing_users=len(times),
        repaired_at_ms=times[users_min - 1] if len(times) >= users_min else None,
        protected=interpretation is not None and is_protected(interpretation.domain, interpretation.intent),
    )


def _meaning(world: World, goal: int) -> str:
    return "" if goal == NOTHING_MEANT else world.goals[goal].meaning


def _success(world: World, node: Node, wanted: Mapping[int, int], at_ms: int) -> float:
    """Return the chance that the assistant does what was meant, by its fixed chances and the shares of meanings."""
    total = sum(wanted.values())
    return sum(count / total * world.chance(node, goal, at_ms) for goal, count in wanted.items())
