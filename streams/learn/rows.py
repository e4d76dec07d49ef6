"""The state rows of learn: texts, nodes, pairs and what is live. Knows their shape and keys, no rules.

All keys are ``kind|chain``, then the parts, split by the unit separator, which no normalised text contains. A chain is
``tenant|locale``, or with the setting ``chain_key`` ``tenant|locale|domain``.
"""

import msgspec

from schemas.records import Arm, Evidence, Policy, Rewrite, Stage

SEPARATOR = "\x1f"

USERS_COUNTED_MAX = 128
"""Distinct users counted one by one: above any floor in use (Chrome's k-anonymity server asks for 50)."""

MEANINGS_MAX = 32
"""Meanings kept per text. A text with more is no candidate; further ones count together, as other."""

TARGETS_MAX = 64
"""Transitions kept per node; a weaker one makes room, and a metric says so."""

PAIRS_PER_NODE_MAX = 16
"""Meanings a failing text may be repaired to and still be judged, the first ones."""

TEXTS_PER_MEANING_MAX = 32
"""Wordings kept per meaning and state: the ones accepted first; people settle on a handful."""

FORMS_MAX = 8
"""Surface forms kept per text, to choose the commonest."""

WANTED_BY_MAX = 64
"""Pairs that wait for a target to prove itself."""

UNPAIRED_MAX = 32
"""Served outcomes that wait for one of the other arm, the newest: a promoted rewrite treats nine for one held out."""

DUE_DIGITS = 15
"""Digits of a time in a timer's key: milliseconds until the year 33,000."""

DETECTORS_MAX = 16
"""Names of rephrase models kept per chain, the newest: more are never at work at the same time."""

HISTORY_MAX = 32
"""Stage changes kept per pair for its explanation; the decisions topic has them all."""


class UserDays(msgspec.Struct, gc=False):
    """Who has already given an outcome, for the latest two days. ``level`` halves the share admitted each step."""

    day: int = 0
    today: set[int] = set()
    yesterday: set[int] = set()
    level: int = 0


class Support(msgspec.Struct, gc=False):
    """User-days and users for one meaning of a text: got by repair, or taken as it was said without complaint."""

    repaired: float = 0.0
    accepted: float = 0.0
    users: set[int] = set()

    @property
    def user_days(self) -> float:
        """Return all user-days."""
        return self.repaired + self.accepted


class Text(msgspec.Struct, gc=False):
    """A normalised text over all states: what it means, who said it, how it is spelt."""

    meanings: dict[str, Support] = {}
    others: float = 0.0
    silent: float = 0.0
    epoch: int = 0
    seen: UserDays = msgspec.field(default_factory=UserDays)
    users: set[int] = set()
    forms: dict[str, float] = {}
    last_seen: int = 0
    released_at: int = 0
    window: int = -1
    contributors: set[int] = set()
    look_at: int = 0
    waiting: list[str] = []


class Node(msgspec.Struct, gc=False):
    """A text at a state: where people went from it, and how often it was accepted, first outcome a user and day.

    ``silent`` is the part of ``failed`` that only what people did next has shown. ``fall`` watches for the day the text
    breaks; then an ``epoch`` begins and the counts start afresh.
    """

    counts: dict[str, float] = {}
    landmark_ms: int = 0
    accepted: float = 0.0
    failed: float = 0.0
    silent: float = 0.0
    epoch: int = 0
    fall: float = 0.0
    seen: UserDays = msgspec.field(default_factory=UserDays)
    users: set[int] = set()
    last_seen: int = 0
    pairs: list[str] = []
    wanted_by: list[str] = []


class Wordings(msgspec.Struct, gc=False):
    """The texts accepted as one meaning at one state."""

    texts: list[str] = []


class StageChange(msgspec.Struct, frozen=True, gc=False):
    """One line of a pair's history."""

    at_ms: int
    from_stage: Stage
    to_stage: Stage
    reason: str


class Watch(msgspec.Struct, gc=False):
    """Change detection on one question of a live rewrite: the share it had, and the log statistics."""

    p0: float
    statistics: list[float] = []


class Pair(msgspec.Struct, gc=False):
    """At ``state``, hear ``source`` as ``meaning``: from first repair to withdrawal.

    A candidate whose question ``waits_for`` lacks more wins is not judged again before it has them. ``changes`` counts
    its decisions, which tells two of the same moment and reason apart. ``number`` is its place among the candidates of
    its chain, and ``numbered_e_values`` what its questions had when it got that place, for levels that they all share;
    ``was_found`` and ``was_won`` say that it was published, and promoted, before. ``wording`` is how a person who
    pinned the pair wrote its target, "" where nobody did.
    """

    tenant: str
    locale: str
    domain: str
    state: str
    source: str
    meaning: str
    target: str = ""
    stage: Stage = "none"
    reason: str = ""
    users: set[int] = set()
    repairs: int = 0
    first_seen: int = 0
    last_seen: int = 0
    attempts: int = 0
    waits_for: str = ""
    wins_to_wait: int = 0
    cool_until: int = 0
    base: dict[str, tuple[float, float]] = {}
    watches: dict[str, Watch] = {}
    evidence: Evidence | None = None
    changes: int = 0
    number: int = 0
    numbered_e_values: dict[str, float] = {}
    was_found: bool = False
    was_won: bool = False
    wording: str = ""
    history: list[StageChange] = []


class Live(msgspec.Struct, gc=False):
    """What is published under one key, and the last version used there."""

    version: int = 0
    withdrawn_at: int = 0
    pair: str = ""
    rewrite: Rewrite | None = None


class Roles(msgspec.Struct, gc=False):
    """How many live rewrites have a text as source, and as target: so that no chain or cycle is ever live."""

    as_source: int = 0
    as_target: int = 0


def _nobody_seen() -> dict[str, UserDays]:
    return {"treated": UserDays(), "held_out": UserDays(), "corrected": UserDays()}


class Served(msgspec.Struct, gc=False):
    """Served turns of one rewrite and version; they count for nothing else.

    Outcomes are weights, one for each user, arm and day; the ``silent`` ones are losses that only what the person did
    next has shown. ``wins`` and ``losses`` are decisive pairs of a treated and a held-out one; ``unpaired`` are those
    of the arm that is ``ahead``, oldest first, failures negative. ``pair`` is the key of the pair, "" when this version
    was never published here. ``treated_turns`` and ``held_out_turns`` count all turns, whatever came of them, so that
    anybody can check that each was booked once.
    """

    pair: str = ""
    treated_wins: float = 0.0
    treated_losses: float = 0.0
    held_out_wins: float = 0.0
    held_out_losses: float = 0.0
    treated_silent: float = 0.0
    held_out_silent: float = 0.0
    wins: float = 0.0
    losses: float = 0.0
    ahead: Arm = "treated"
    unpaired: list[float] = []
    treated_turns: int = 0
    held_out_turns: int = 0
    corrections: int = 0
    last_seen: int = 0
    seen: dict[str, UserDays] = msgspec.field(default_factory=_nobody_seen)


class Quota(msgspec.Struct, gc=False):
    """The texts one user has helped out in one window."""

    keys: list[str] = []


class Due(msgspec.Struct, frozen=True, gc=False):
    """A timer: the key says when and for which row."""

    key: str


class Holdings(msgspec.Struct, gc=False):
    """What a chain holds now: pairs by stage, versions that are live, and what is booked on these, by name."""

    pairs: dict[str, int] = {}
    live: int = 0
    outcomes: dict[str, float] = {}


class Chain(msgspec.Struct, gc=False):
    """One chain: its clock by detect partition, and how often its turns succeed on average.

    ``visible`` counts failures that the reply itself admitted, ``abandoned`` those of them after which the person tried
    nothing else: how often people let a failure pass. ``booked`` counts trails; it never fades, so that anybody can
    check that each trail was booked once. ``candidates``, ``found`` and ``won`` count pairs that ever came so far:
    considered, published, promoted. ``detectors`` are the rephrase models heard of, in the order they came.
    ``holdings`` is None in a row from before they were kept: whoever opens the chain next counts them.
    """

    clocks: dict[str, int] = {}
    now: int = 0
    booked: int = 0
    accepted: float = 0.0
    failed: float = 0.0
    visible: float = 0.0
    abandoned: float = 0.0
    candidates: int = 0
    found: int = 0
    won: int = 0
    detectors: list[str] = []
    holdings: Holdings | None = None


class Ordered(msgspec.Struct, frozen=True, gc=False):
    """An order that was acted on; the key says its scope. What is new is found by comparing."""

    policy: Policy


ROWS: dict[str, type[msgspec.Struct]] = {
    "chain": Chain,
    "text": Text,
    "node": Node,
    "wordings": Wordings,
    "pair": Pair,
    "live": Live,
    "roles": Roles,
    "served": Served,
    "quota": Quota,
    "due": Due,
    "order": Ordered,
}
"""Row class by kind, the part of a key before the first bar."""


def row_key(kind: str, chain: str, *parts: str) -> str:
    """Return the key of a row."""
    return f"{kind}|{chain}{SEPARATOR}{SEPARATOR.join(parts)}"


def due_key(chain: str, at_ms: int, key: str) -> str:
    """Return the key of a timer of a chain; keys of equal width sort by time."""
    return f"due|{chain}{SEPARATOR}{at_ms:0{DUE_DIGITS}d}{SEPARATOR}{key}"
