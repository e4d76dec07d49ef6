"""What a person is asked before an order is given, and the order made from the answer. Knows no address.

No order is given by a single click: a page says in words what will happen to whom, and asks who says so.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from schemas.limits import IDENTIFIER_LENGTH_MAX, SAID_LENGTH_MAX
from schemas.records import PolicyAction
from streams.console.knowledge import Knowledge
from streams.console.queries import Query, QueryError
from streams.console.views import CandidateView, OrderDraft
from streams.text import normalise
from streams.wording import at_state, quoted

ACTIONS: Final[dict[str, PolicyAction]] = {"pin": "pin", "block": "block", "kill": "kill", "allow": "allow"}
KILL_WORD: Final = "kill"
PLACE: Final = ("tenant", "locale", "domain", "state", "source", "target")
DRAFT: Final = ("action", "rewrite_id", *PLACE)
ANSWERED: Final = ("issued_by", "note", "confirm")


class Proposal(NamedTuple):
    """An order that is not given yet.

    Attributes:
        draft: what would be ordered, without who says so.
        pair: the pair it is about, None where it names none.
        subject: what it is about, in words.
        consequences: what will happen to whom.
        retyped: what may be typed to confirm it; nothing where no typing is asked for.
    """

    draft: OrderDraft
    pair: CandidateView | None
    subject: str
    consequences: tuple[str, ...]
    retyped: tuple[str, ...]


class UnconfirmedError(ValueError):
    """An answer that does not confirm; the message names the field and the fix."""


def proposed(knowledge: Knowledge, query: Query) -> Proposal:
    """Return what a person seems to want.

    Raises:
        QueryError: no such action.
        UnknownError, ElsewhereError, UnavailableError: there is no such pair.
    """
    action = ACTIONS.get(query.text("action"))
    if action is None:
        message = f"action: expected one of {', '.join(ACTIONS)}"
        raise QueryError(message)
    named = {name: query.text(name) for name in PLACE}
    rewrite_id = query.text("rewrite_id", size=IDENTIFIER_LENGTH_MAX)
    pair = knowledge.pair(rewrite_id) if rewrite_id else None
    if pair is not None:
        named = _of_pair(pair) if action == "pin" else dict.fromkeys(PLACE, "")
    draft = OrderDraft(action=action, issued_by="", rewrite_id="" if action == "pin" else rewrite_id, **named)
    subject = _subject(draft, pair)
    retyped = () if action != "kill" else tuple(filter(None, (KILL_WORD, pair.target if pair else draft.target)))
    return Proposal(draft, pair, subject, _consequences(draft, subject), retyped)


def confirmed(proposal: Proposal, answers: Mapping[str, str]) -> OrderDraft:
    """Return the order that a person has confirmed.

    Raises:
        UnconfirmedError: they did not say who they are, or did not type what was asked for.
    """
    issued_by, note = answers.get("issued_by", "").strip(), answers.get("note", "").strip()
    if not issued_by or len(issued_by) > IDENTIFIER_LENGTH_MAX:
        message = f"Your name: say who orders this, in at most {IDENTIFIER_LENGTH_MAX} characters."
        raise UnconfirmedError(message)
    if len(note) > SAID_LENGTH_MAX:
        message = f"Note: expected at most {SAID_LENGTH_MAX} characters."
        raise UnconfirmedError(message)
    if proposal.retyped and not _matches(answers.get("confirm", ""), proposal):
        message = f"Confirm: type {' or '.join(map(quoted, proposal.retyped))} to kill it."
        raise UnconfirmedError(message)
    return msgspec.structs.replace(proposal.draft, issued_by=issued_by, note=note)


def _matches(typed: str, proposal: Proposal) -> bool:
    locale = proposal.pair.locale if proposal.pair else proposal.draft.locale
    known = {word.casefold() for word in proposal.retyped}
    return typed.strip().casefold() in known or (
        bool(locale) and normalise(typed, locale) in {normalise(word, locale) for word in proposal.retyped} - {""}
    )


def _of_pair(pair: CandidateView) -> dict[str, str]:
    """Return what a pin says about a pair; a pair that is named in full needs no domain."""
    return {
        "tenant": pair.tenant,
        "locale": pair.locale,
        "domain": "",
        "state": pair.state,
        "source": pair.source or "",
        "target": pair.target or "",
    }


def _subject(draft: OrderDraft, pair: CandidateView | None) -> str:
    source, target = (pair.source, pair.target) if pair else (draft.source, draft.target)
    tenant, locale = (pair.tenant, pair.locale) if pair else (draft.tenant, draft.locale)
    state = pair.state if pair else draft.state
    if source and target:
        what = f"{quoted(source)} heard as {quoted(target)}, {at_state(state)}"
    elif pair:
        what = f"pair {pair.rewrite_id}, whose texts are not shown"
    else:
        what = (
            quoted(source) if source else f"all rewrites of domain {draft.domain}" if draft.domain else "all rewrites"
        )
    around = [f"{name} {value}" for name, value in (("tenant", tenant), ("locale", locale)) if value]
    return f"{what} ({', '.join(around)})" if around else what


def _consequences(draft: OrderDraft, subject: str) -> tuple[str, ...]:
    return {
        "kill": (
            f"Nobody is served {subject} any more.",
            "Programs that serve obey at their next poll, whether or not a worker runs.",
            "It is not published again, whatever is learned, until somebody allows it.",
        ),
        "block": (
            f"{_capital(subject)} is taken back if it is served, and is not published.",
            "It stays so, whatever is learned, until somebody allows it.",
        ),
        "allow": (
            f"Pins, kills and blocks given before no longer hold for {subject}.",
            "It is published only if its evidence carries it, and then goes through a trial.",
        ),
        "pin": (
            f"Everybody is served {subject}, without a trial and without a hold-out.",
            "Whatever was learned for these words is not served, until somebody allows or blocks it.",
        ),
    }[draft.action]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
