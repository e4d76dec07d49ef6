"""Why a rewrite is, or is not, served: everything the learner knows about one text. Knows rows, prints nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.records import Question, Rewrite, Stage
from streams.learn import judgement, publishing
from streams.learn.ledger import Ledger, chain_names, usual_meaning
from streams.learn.rows import SEPARATOR, Node, Pair, StageChange
from streams.learn.settings import LearnSettings
from streams.learn.transitions import FAILURE, SUCCESS
from streams.learn.trial import Standing
from streams.stage import Flush, Rows


@dataclass(frozen=True, slots=True)
class Step:
    """Where people went from a text: another text, or the end; ``share`` of all that was counted, decayed."""

    state: str
    said: str
    share: float
    end: str = ""


@dataclass(frozen=True, slots=True)
class Privacy:
    """What the release rule knows: distinct users (counted up to a limit) and what has been released."""

    release: str
    users_min: int
    users_source: int
    users_target: int
    users_meaning: int
    source_released_at: int
    target_released_at: int
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One meaning a text may be heard as, and how it stands.

    ``needed`` is the e-value that each of the ``questions`` must reach, ``held_by`` every reason against serving it.
    ``served`` is what the outcomes of the live version say, None when it is not live; to be promoted it needs
    ``needed_to_promote``.
    """

    target: str
    meaning: str
    stage: Stage
    users: int
    repairs: int
    questions: tuple[Question, ...]
    needed: tuple[float, ...]
    held_by: tuple[str, ...]
    absorption: float | None
    privacy: Privacy
    history: tuple[StageChange, ...]
    live: Rewrite | None
    served: Standing | None
    needed_to_promote: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything known about a text at one state."""

    tenant: str
    locale: str
    state: str
    source: str
    users: int
    accepted: float
    failed: float
    usual_meaning: str | None
    steps: tuple[Step, ...]
    candidates: tuple[Candidate, ...]


def explain(
    rows: Rows,
    settings: LearnSettings,
    source: str,
    *,
    state: str | None = None,
    tenant: str | None = None,
    locale: str | None = None,
) -> list[Explanation]:
    """Explain a normalised text, at one state or at every state it was said at.

    Args:
        rows: the learn stage's rows.
        settings: the settings the rows were made with.
        source: the text, normalised.
        state: the open question, "" for none; None for all.
        tenant: only this tenant.
        locale: only this locale.

    Returns:
        One explanation for each chain and state that knows the text, in order of their names.
    """
    found = []
    for name in chain_names(rows):
        chain_tenant, chain_locale = _names(name)
        if tenant not in (None, chain_tenant) or locale not in (None, chain_locale):
            continue
        ledger = Ledger(rows, name, settings, Flush())
        for at, node in _nodes(ledger, source):
            if state is None or state == at:
                found.append(_explain(ledger, node, at, source))
    return found


def candidates(rows: Rows, settings: LearnSettings) -> Iterator[tuple[Pair, Candidate]]:
    """Yield every pair that enough users repaired, with how it stands now."""
    for name in chain_names(rows):
        ledger = Ledger(rows, name, settings, Flush())
        for _, pair in list(ledger.pairs()):
            if len(pair.users) >= settings.repairs_min:
                yield pair, _candidate(ledger, pair)


def _names(chain: str) -> tuple[str, str]:
    parts = chain.split("|")
    return parts[0], parts[1]


def _nodes(ledger: Ledger, source: str) -> Iterator[tuple[str, Node]]:
    prefix = f"node|{ledger.name}{SEPARATOR}"
    for key, node in list(ledger.rows.scan(prefix)):
        state, _, said = key[len(prefix) :].rpartition(SEPARATOR)
        if said == source:
            yield state, node


def _explain(ledger: Ledger, node: Node, state: str, source: str) -> Explanation:
    tenant, locale = _names(ledger.name)
    text = ledger.text(source)
    pairs = [pair for pair in map(ledger.pair, node.pairs) if pair is not None]
    return Explanation(
        tenant=tenant,
        locale=locale,
        state=state,
        source=source,
        users=0 if text is None else len(text.users),
        accepted=node.accepted,
        failed=node.failed,
        usual_meaning=usual_meaning(text),
        steps=tuple(_steps(node)),
        candidates=tuple(_candidate(ledger, pair) for pair in pairs),
    )


def _steps(node: Node) -> Iterator[Step]:
    total = sum(node.counts.values())
    for target, weight in sorted(node.counts.items(), key=lambda item: (-item[1], item[0])):
        if target in {SUCCESS, FAILURE}:
            yield Step("", "", weight / total, "success" if target == SUCCESS else "failure")
        else:
            state, _, said = target.rpartition(SEPARATOR)
            yield Step(state, said, weight / total)


def _candidate(ledger: Ledger, pair: Pair) -> Candidate:
    verdict = judgement.judge(ledger, pair, now=ledger.chain.now, everything=True)
    target = verdict.target or pair.target
    live = ledger.live(pair.state, pair.source)
    key = ledger.pair_key(pair.state, pair.source, pair.meaning)
    return Candidate(
        target=target,
        meaning=pair.meaning,
        stage=pair.stage,
        users=len(pair.users),
        repairs=pair.repairs,
        questions=verdict.questions,
        needed=tuple(judgement.needed_e_value(ledger, pair, item.question) for item in verdict.questions),
        held_by=verdict.held_by,
        absorption=verdict.absorption,
        privacy=_privacy(ledger, pair, target),
        history=tuple(pair.history),
        live=live.rewrite if live is not None and live.pair == key else None,
        served=publishing.standing_of(ledger, pair),
        needed_to_promote=judgement.needed_to_promote(ledger, pair),
    )


def _privacy(ledger: Ledger, pair: Pair, target: str) -> Privacy:
    source_text, target_text = ledger.text(pair.source), ledger.text(target)
    support = None if source_text is None else source_text.meanings.get(pair.meaning)
    return Privacy(
        release=ledger.settings.release,
        users_min=ledger.settings.users_min,
        users_source=0 if source_text is None else len(source_text.users),
        users_target=0 if target_text is None else len(target_text.users),
        users_meaning=0 if support is None else len(support.users),
        source_released_at=0 if source_text is None else source_text.released_at,
        target_released_at=0 if target_text is None else target_text.released_at,
        holds=tuple(judgement.release_holds(ledger, pair, target)),
    )
