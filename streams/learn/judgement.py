"""Is a candidate ready to be served? Knows the rows of one chain, neither time nor what happens with the answer.

Three questions, each with its own always-valid test; the smallest e-value decides, because promotion is wrong as soon
as one of them is false:

* does the source mean this?     pooled over all states, against ``p0_means``
* does the source fail here?     at this state, against ``p0_fails``
* does the target work here?     at this state, against ``p0_works`` or a part of the chain's average, if lower

then the absorbing chain (the meaning must be where successful walks from the source end), the guards and the release.
"""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from schemas.records import Question, QuestionName
from streams.learn import evidence, guards, levels
from streams.learn.chain import TOLERANCE, Solved
from streams.learn.ledger import Ledger, node_id, usual_meaning
from streams.learn.rows import SEPARATOR, Node, Pair, Text

P0_GRID = 0.01
"""The relative bar for targets is rounded up to this, so that it does not move with every turn."""


class Tally(NamedTuple):
    """Wins and losses of one question."""

    wins: float
    losses: float

    def since(self, base: tuple[float, float]) -> "Tally":
        """Return what came after an earlier tally."""
        return Tally(max(0.0, self.wins - base[0]), max(0.0, self.losses - base[1]))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What stands for and against a pair. ``held_by`` lists reasons in the order they are checked; empty: serve it.

    Attributes:
        target: the wording to serve, "" when none was ever accepted here.
        questions: the three questions; those after the first that fails are left out unless all were asked for.
        proven: all three questions pass.
        absorption: share of successful walks from the source that end in the meaning, None when not asked.
        question: the question that ended the judgement, "" when none did.
        missing: how many wins that question lacks at least.
    """

    target: str
    questions: tuple[Question, ...]
    proven: bool
    held_by: tuple[str, ...]
    absorption: float | None = None
    question: QuestionName | Literal[""] = ""
    missing: int = 0


NOT_PROVEN: dict[QuestionName, str] = {
    "means": "meaning_uncertain",
    "fails": "source_works",
    "works": "target_unproven",
}


def judge(ledger: Ledger, pair: Pair, *, now: int, everything: bool = False) -> Verdict:
    """Judge one pair on the evidence so far.

    Without ``everything`` the first reason against the pair ends the judgement: most pairs are far from passing, and a
    bound shows that without computing an e-value. With it all questions, guards and the chain are asked.
    """
    held: list[str] = []
    if len(pair.users) < ledger.settings.repairs_min:
        held.append("too_few_repairs")
    if now < pair.cool_until:
        held.append("cooling_off")
    if not everything:
        if held:
            return Verdict(pair.target, (), proven=False, held_by=tuple(held))
        question, missing = _not_proven(ledger, pair)
        if question:
            held = [NOT_PROVEN[question]]
            return Verdict(pair.target, (), proven=False, held_by=tuple(held), question=question, missing=missing)
    target, questions = _ask(ledger, pair)
    unproven = [
        NOT_PROVEN[question.question]
        for question in questions
        if question.e_value < needed_e_value(ledger, pair, question.question)
    ]
    held += unproven
    if not target:
        held.append("no_target")
    proven = bool(target) and not unproven
    verdict = Verdict(target, questions, proven, tuple(held))
    if not target or not (proven or everything):
        return verdict
    return _hold(ledger, pair, verdict, everything=everything)


def _not_proven(ledger: Ledger, pair: Pair) -> tuple[QuestionName | Literal[""], int]:
    """Return the first of the two questions about the source that does not pass, and how many wins it lacks."""
    settings = ledger.settings
    bet = settings.prior_wins, settings.prior_losses
    alpha = 1.0 / needed_e_value(ledger, pair, "means")
    missing = evidence.wins_missing(*tally_means(ledger, pair), settings.p0_means, alpha, *bet)
    if missing:
        return "means", missing
    alpha = 1.0 / needed_e_value(ledger, pair, "fails")
    missing = evidence.wins_missing(*tally_fails(ledger, pair), settings.p0_fails, alpha, *bet)
    return ("fails", missing) if missing else ("", 0)


def needed_e_value(ledger: Ledger, pair: Pair, question: QuestionName) -> float:
    """Return the e-value a question must reach: re-trial or epoch number m has the level ``alpha * 2**-m``.

    Where all candidates share one level, a question pays for what it had when the pair got its number, because it got
    it on that evidence.
    """
    node = ledger.node(pair.state, pair.source)
    epoch = 0 if node is None else node.epoch
    already = pair.numbered_e_values.get(question, 1.0)
    return _level(ledger, pair, ledger.chain.found, already) * 2.0 ** (pair.attempts + epoch)


def needed_to_promote(ledger: Ledger, pair: Pair) -> float:
    """Return the e-value that the pairs of a trial must reach: trial number m has the level ``alpha * 2**-m``."""
    return _level(ledger, pair, ledger.chain.won, 1.0) * 2.0**pair.attempts


def _level(ledger: Ledger, pair: Pair, found: int, already: float) -> float:
    settings = ledger.settings
    if settings.levels == "each" or not pair.number:
        return 1.0 / settings.alpha
    return levels.needed_e_value(settings.alpha, pair.number, found, already)


def _hold(ledger: Ledger, pair: Pair, verdict: Verdict, *, everything: bool) -> Verdict:
    """Add what the guards, the release rule and the chain have against a pair; the chain is solved only in the end."""
    held = list(verdict.held_by)
    held += guards.text_guards(pair.source, verdict.target, pair.locale)
    if any(guards.is_protected(about, ledger.settings.protected) for about in (pair.meaning, pair.domain, pair.state)):
        held.append("guard_protected")
    held += guards.role_guards(ledger.roles(pair.source), ledger.roles(verdict.target))
    live = ledger.live(pair.state, pair.source)
    key = ledger.pair_key(pair.state, pair.source, pair.meaning)
    if live is not None and live.rewrite is not None and live.pair != key:
        held.append("guard_taken")
    held += release_holds(ledger, pair, verdict.target)
    if held and not everything:
        return replace(verdict, held_by=tuple(held))
    absorption, usual = destination(ledger, pair)
    if not usual:
        held.append("not_the_usual_destination")
    return replace(verdict, held_by=tuple(held), absorption=absorption)


# -- the three questions -----------------------------------------------------------------------------------------------


def _ask(ledger: Ledger, pair: Pair) -> tuple[str, tuple[Question, ...]]:
    settings = ledger.settings
    asked = [
        _question(ledger, "means", tally_means(ledger, pair), settings.p0_means),
        _question(ledger, "fails", tally_fails(ledger, pair), settings.p0_fails),
    ]
    target = best_wording(ledger, pair)
    if target:
        asked.append(_question(ledger, "works", tally_works(ledger, pair, target), p0_works(ledger)))
    return target, tuple(asked)


def _question(ledger: Ledger, name: QuestionName, tally: Tally, p0: float) -> Question:
    settings = ledger.settings
    value = evidence.e_value(tally.wins, tally.losses, p0, settings.prior_wins, settings.prior_losses)
    return Question(name, round(tally.wins, 6), round(tally.losses, 6), p0, value)


def base_key(question: QuestionName, epoch: int, target: str = "") -> str:
    """Return where a pair keeps the counts a question had when it was withdrawn; counts of another epoch are others."""
    return f"{question}{SEPARATOR}{epoch}{SEPARATOR}{target}"


def base_of(ledger: Ledger, pair: Pair) -> dict[str, tuple[float, float]]:
    """Return today's counts of all three questions: a re-trial rests on what comes after them."""
    fresh = Pair(pair.tenant, pair.locale, pair.domain, pair.state, pair.source, pair.meaning)
    base: dict[str, tuple[float, float]] = {}
    text, node, target = (
        ledger.text(pair.source),
        ledger.node(pair.state, pair.source),
        ledger.node(pair.state, pair.target),
    )
    if text is not None:
        base[base_key("means", text.epoch)] = tally_means(ledger, fresh)
    if node is not None:
        base[base_key("fails", node.epoch)] = tally_fails(ledger, fresh)
    if target is not None:
        base[base_key("works", target.epoch, pair.target)] = tally_works(ledger, fresh, pair.target)
    return base


def tally_means(ledger: Ledger, pair: Pair) -> Tally:
    """Count user-days on which the source meant this, and on which it meant anything else, over all states."""
    text = ledger.text(pair.source)
    if text is None:
        return Tally(0.0, 0.0)
    accepted = sum(support.accepted for support in text.meanings.values())
    true_share = ledger.truly_accepted(accepted, text.silent) / accepted if accepted else 1.0
    user_days = {
        meaning: support.repaired + true_share * support.accepted for meaning, support in text.meanings.items()
    }
    wins = user_days.get(pair.meaning, 0.0)
    return Tally(wins, sum(user_days.values()) + text.others - wins).since(
        pair.base.get(base_key("means", text.epoch), (0.0, 0.0))
    )


def tally_fails(ledger: Ledger, pair: Pair) -> Tally:
    """Count user-days on which the source failed here, and on which it was accepted."""
    node = ledger.node(pair.state, pair.source)
    if node is None:
        return Tally(0.0, 0.0)
    return Tally(node.failed, ledger.truly_accepted(node.accepted, node.silent)).since(
        pair.base.get(base_key("fails", node.epoch), (0.0, 0.0))
    )


def tally_works(ledger: Ledger, pair: Pair, target: str) -> Tally:
    """Count user-days on which the target was accepted here, and on which it failed."""
    node = ledger.node(pair.state, target)
    if node is None:
        return Tally(0.0, 0.0)
    return Tally(ledger.truly_accepted(node.accepted, node.silent), node.failed).since(
        pair.base.get(base_key("works", node.epoch, target), (0.0, 0.0))
    )


def p0_works(ledger: Ledger) -> float:
    """Return the success share a target must beat: ``p0_works``, or a part of the chain's average if that is lower."""
    settings, chain = ledger.settings, ledger.chain
    total = chain.accepted + chain.failed
    if not total:
        return settings.p0_works
    relative = settings.p0_works_relative * chain.accepted / total
    steps = -(-relative // P0_GRID)
    return float(min(settings.p0_works, max(P0_GRID, round(steps * P0_GRID, 6))))


def best_wording(ledger: Ledger, pair: Pair) -> str:
    """Return the text usually meaning this with the most users times smoothed success here, "" when there is none."""
    best, best_value = "", 0.0
    for said in ledger.wordings(pair.state, pair.meaning):
        if said == pair.source or usual_meaning(ledger.text(said)) != pair.meaning:
            continue
        node = ledger.node(pair.state, said)
        if node is None:
            continue
        value = _reach(node)
        if value > best_value or (value == best_value and said < best):
            best, best_value = said, value
    return best


def _reach(node: Node) -> float:
    return len(node.users) * (node.accepted + 1.0) / (node.accepted + node.failed + 2.0)


# -- the chain ---------------------------------------------------------------------------------------------------------


def solved_from(ledger: Ledger, pair: Pair) -> Solved:
    """Solve what can be reached from the source, up to ``component_nodes_max`` nodes."""
    return ledger.solved.query(node_id(pair.state, pair.source), ledger.counts_of)


def destination(ledger: Ledger, pair: Pair) -> tuple[float, bool]:
    """Return the share of successful walks from the source that end in the meaning, and whether that is the most."""
    solved = solved_from(ledger, pair)
    ledger.flush.observe("component_nodes", len(solved.last_before_success))
    if solved.cut:
        ledger.flush.count("component_edges_cut", solved.cut)
    by_meaning: dict[str, float] = {}
    for node, share in solved.last_before_success.items():
        said = node.rsplit(SEPARATOR, 1)[1]
        meaning = usual_meaning(ledger.text(said))
        if meaning is not None and share > 0.0:
            by_meaning[meaning] = by_meaning.get(meaning, 0.0) + share
    total = sum(by_meaning.values())
    ours = by_meaning.get(pair.meaning, 0.0)
    if not total:
        return 0.0, False
    return round(ours / total, 6), ours >= max(by_meaning.values()) - TOLERANCE


# -- the release rule --------------------------------------------------------------------------------------------------


def release_holds(ledger: Ledger, pair: Pair, target: str) -> list[str]:
    """Return what keeps the texts of a pair in the store."""
    settings = ledger.settings
    source_text, target_text = ledger.text(pair.source), ledger.text(target)
    held = []
    if settings.release != "private":
        support = None if source_text is None else source_text.meanings.get(pair.meaning)
        if _users(source_text) < settings.users_min:
            held.append("users_source")
        if _users(target_text) < settings.users_min:
            held.append("users_target")
        if (0 if support is None else len(support.users)) < settings.users_min:
            held.append("users_meaning")
    if settings.release != "floor":
        held += [
            f"not_released_{role}"
            for role, text in (("source", source_text), ("target", target_text))
            if text is None or not text.released_at
        ]
    return held


def may_be_shown(ledger: Ledger, text: Text | None) -> bool:
    """Return whether a text may leave the store under the release rule."""
    settings = ledger.settings
    if text is None:
        return False
    enough = settings.release == "private" or _users(text) >= settings.users_min
    return enough and (settings.release == "floor" or bool(text.released_at))


def _users(text: Text | None) -> int:
    return 0 if text is None else len(text.users)
