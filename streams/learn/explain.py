"""Why a rewrite is, or is not, served: everything the learner knows about one text. Knows rows, prints nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from schemas.records import DecidedBy, Evidence, Question, Rewrite, Stage
from streams.keys import tenant_and_locale
from streams.learn import judgement, obeying, publishing
from streams.learn.around import Around, around
from streams.learn.ledger import Ledger, chain_names, usual_meaning
from streams.learn.rows import SEPARATOR, Node, Pair, StageChange
from streams.learn.settings import LearnSettings
from streams.learn.transitions import FAILURE, SUCCESS
from streams.learn.trial import Standing
from streams.stage import Flush, Rows
from streams.text import normalise

NO_RECORD: Final = DecidedBy("", 0, 0)
"""Nothing is decided while explaining."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where people went from a text: another text, or the end; ``share`` of all that was counted, decayed."""

    state: str
    said: str
    share: float
    end: str = ""


class Shown(NamedTuple):
    """Which texts of a pair the release rule lets out; a meaning is known only with both texts."""

    source: bool
    target: bool

    @property
    def meaning(self) -> bool:
        """Whether the meaning may be shown."""
        return self.source and self.target


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
    ``needed_to_promote``. ``shown`` says which of its texts may leave,
    ``known`` that decisions were made about it, so that its id is no secret. ``evidence`` is as of now.
    """

    rewrite_id: str
    tenant: str
    locale: str
    domain: str
    state: str
    source: str
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
    last_seen: int
    evidence: Evidence
    shown: Shown
    known: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything known about a text at one state. ``shown`` says whether the text itself may leave.

    ``shows_meaning`` says it of its usual meaning; ``around`` is the chain around it, None for a text that may not.
    """

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
    shown: bool
    shows_meaning: bool
    around: Around | None


def explain_heard(
    rows: Rows,
    settings: LearnSettings,
    heard: str,
    *,
    state: str | None = None,
    tenant: str | None = None,
    locale: str | None = None,
    only_shown: bool = False,
) -> Iterator[Explanation]:
    """Explain a text as it was heard, in each locale in its normalised form; arguments are those of ``explain``."""
    for known in sorted({tenant_and_locale(name)[1] for name in chain_names(rows)}):
        if locale in {None, known}:
            said = normalise(heard, known)
            yield from explain(rows, settings, said, state=state, tenant=tenant, locale=known, only_shown=only_shown)


def explain(
    rows: Rows,
    settings: LearnSettings,
    source: str,
    *,
    state: str | None = None,
    tenant: str | None = None,
    locale: str | None = None,
    only_shown: bool = False,
) -> list[Explanation]:
    """Explain a normalised text, at one state or at every state it was said at.

    Args:
        rows: the learn stage's rows.
        settings: the settings the rows were made with.
        source: the text, normalised.
        state: the open question, "" for none; None for all.
        tenant: only this tenant.
        locale: only this locale.
        only_shown: only where the text may leave. Elsewhere nothing more is looked up, so that an answer takes as long
            for a text that is kept back as for one that nobody said.

    Returns:
        One explanation for each chain and state that knows the text, in order of their names.
    """
    found = []
    for ledger in ledgers(rows, settings):
        chain_tenant, chain_locale = tenant_and_locale(ledger.name)
        if tenant not in (None, chain_tenant) or locale not in (None, chain_locale):
            continue
        if only_shown and not judgement.may_be_shown(ledger, ledger.text(source)):
            continue
        found += [_explain(ledger, node, at, source) for at, node in _nodes(ledger, source, state)]
    return found


def candidates(rows: Rows, settings: LearnSettings) -> Iterator[tuple[Pair, Candidate]]:
    """Yield every pair that enough users repaired, with how it stands now."""
    for ledger in ledgers(rows, settings):
        for _, pair in list(ledger.pairs()):
            if len(pair.users) >= settings.repairs_min:
                yield pair, candidate_of(ledger, pair)


def ledgers(rows: Rows, settings: LearnSettings) -> Iterator[Ledger]:
    """Yield the books of each chain, with the settings that orders gave it: a stricter floor holds for readers too."""
    sets = obeying.sets_of({row.policy.scope: row.policy for _, row in rows.scan(obeying.row_key(""))})
    for name in chain_names(rows):
        yield Ledger(rows, name, obeying.settings_of(settings, sets, name), Flush())


def _nodes(ledger: Ledger, source: str, state: str | None) -> Iterator[tuple[str, Node]]:
    prefix = f"node|{ledger.name}{SEPARATOR}"
    if state is not None:
        node = ledger.node(state, source)
        if node is not None:
            yield state, node
        return
    # One row at a time: all nodes of a chain may be more than memory holds.
    for key, node in ledger.rows.scan(prefix):
        at, _, said = key[len(prefix) :].rpartition(SEPARATOR)
        if said == source:
            yield at, node


def _explain(ledger: Ledger, node: Node, state: str, source: str) -> Explanation:
    tenant, locale = tenant_and_locale(ledger.name)
    text = ledger.text(source)
    pairs = [pair for pair in map(ledger.pair, node.pairs) if pair is not None]
    found = tuple(candidate_of(ledger, pair) for pair in pairs)
    shown = judgement.may_be_shown(ledger, text)
    usual = usual_meaning(text)
    return Explanation(
        tenant=tenant,
        locale=locale,
        state=state,
        source=source,
        users=0 if text is None else len(text.users),
        accepted=node.accepted,
        failed=node.failed,
        usual_meaning=usual,
        steps=tuple(_steps(node)),
        candidates=found,
        shown=shown,
        shows_meaning=shown and usual is not None and _shows_meaning(ledger, usual, found),
        around=around(ledger, state, source) if shown else None,
    )


def _shows_meaning(ledger: Ledger, meaning: str, found: tuple[Candidate, ...]) -> bool:
    """Return whether a meaning is a text that may be shown, or one that a pair shows."""
    shows = any(candidate.meaning == meaning and candidate.shown.meaning for candidate in found)
    return shows or judgement.may_be_shown(ledger, ledger.text(meaning))


def _steps(node: Node) -> Iterator[Step]:
    total = sum(node.counts.values())
    for target, weight in sorted(node.counts.items(), key=lambda item: (-item[1], item[0])):
        if target in {SUCCESS, FAILURE}:
            yield Step("", "", weight / total, "success" if target == SUCCESS else "failure")
        else:
            state, _, said = target.rpartition(SEPARATOR)
            yield Step(state, said, weight / total)


def candidate_of(ledger: Ledger, pair: Pair) -> Candidate:
    """Return how one pair stands."""
    verdict = judgement.judge(ledger, pair, now=ledger.chain.now, everything=True)
    target = verdict.target or pair.target
    live = ledger.live(pair.state, pair.source)
    key = ledger.pair_key(pair.state, pair.source, pair.meaning)
    return Candidate(
        rewrite_id=publishing.rewrite_id(pair),
        tenant=pair.tenant,
        locale=pair.locale,
        domain=pair.domain,
        state=pair.state,
        source=pair.source,
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
        last_seen=publishing.last_seen(ledger, pair),
        evidence=publishing.Publisher(ledger, NO_RECORD, ledger.chain.now).evidence(pair, verdict),
        shown=_shown(ledger, pair, target),
        known=is_known(ledger, pair),
    )


def is_known(ledger: Ledger, pair: Pair) -> bool:
    """Return whether a decision was ever made about a pair, so that its id is no secret."""
    return pair.stage != "none" or len(pair.users) >= ledger.settings.repairs_min


def _shown(ledger: Ledger, pair: Pair, target: str) -> Shown:
    """Return which texts of a pair may leave; what a person pinned is that person's, and known."""
    if pair.wording:
        return Shown(source=True, target=True)
    return Shown(
        judgement.may_be_shown(ledger, ledger.text(pair.source)), judgement.may_be_shown(ledger, ledger.text(target))
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
