"""A made-up service as the console is told of it: the other side of `Knowledge`. Knows no page."""

from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from schemas.records import DecidedBy, Evidence, Stage
from streams.console.knowledge import PAGE_MAX, ElsewhereError, OrderRefusedError, UnavailableError, UnknownError
from streams.console.views import (
    CandidateView,
    ChainView,
    DecisionView,
    EdgeView,
    ExplanationView,
    HistoryView,
    Listing,
    NodeView,
    OrderDraft,
    OrderView,
    Overview,
    PartitionView,
    QuestionView,
    ReasonView,
    RejectedView,
    RewriteView,
)
from streams.wording import reason_words

NOW_MS: Final = 1_790_000_000_000
HOUR_MS: Final = 3_600_000
HOSTILE: Final = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>"

SERVED: Final = Evidence(
    wins=39, losses=1, win_loss=39.0, win_share_lower=0.88, e_value=2_400.0, treated_success=0.93,
    held_out_success=0.41, treated=412.0, held_out=46.0, users=131, repairs=160,
)  # fmt: skip
FALLEN: Final = Evidence(
    wins=3, losses=19, win_loss=3 / 19, win_share_lower=0.02, e_value=0.01, treated_success=0.22, held_out_success=0.64,
    treated=140.0, held_out=17.0, users=60, repairs=71,
)  # fmt: skip
TIPPED: Final = DecidedBy("demo.trails", 3, 4711)

PAIRS: Final[tuple[tuple[str, str, str | None, str | None, Stage], ...]] = (
    ("r-next", "step", "next", "continue", "promoted"),
    ("r-lamp", "", "lump on in the kitchen", "lamp on in the kitchen", "trial"),
    ("r-rain", "", "will it rein", "will it rain", "pinned"),
    ("r-fallen", "", "play the hits", "play hits radio", "demoted"),
    ("r-hostile", "", HOSTILE, "play music", "candidate"),
    ("r-hidden", "step", None, None, "shadow"),
    ("r-half", "", "set a timer for tea", None, "candidate"),
)
Item = TypeVar("Item")


def candidate(rewrite_id: str, state: str, source: str | None, target: str | None, stage: Stage) -> CandidateView:
    """Return a pair as it stands."""
    live = stage in {"promoted", "trial", "pinned"}
    lacks = () if live else (reason("too_few_repairs"), reason("target_unproven"))
    return CandidateView(
        rewrite_id=rewrite_id, tenant="demo", locale="en-US", domain="music", state=state, source=source, target=target,
        meaning=None if target is None else f"play(what={target})", stage=stage, users=27, repairs=31,
        questions=questions(target, passed=live), lacks=lacks, absorption=0.82, last_seen=NOW_MS - 2 * HOUR_MS,
        served=SERVED if live else FALLEN if stage == "demoted" else None,
        history=(
            HistoryView(NOW_MS - 90 * HOUR_MS, "none", "candidate", reason("repaired_by_enough_users")),
            HistoryView(NOW_MS - 30 * HOUR_MS, "candidate", stage, reason("evidence_passed")),
        ),
    )  # fmt: skip


def questions(target: str | None, *, passed: bool) -> tuple[QuestionView, ...]:
    """Return the three questions about a pair, all answered or not all."""
    means = "does it mean this?" if target is None else f"does it mean “{target}”?"
    return (
        QuestionView("means", 48.0, 3.0, 0.5, 5_200.0, 100.0, passed=True, words=means),
        QuestionView("fails", 60.0, 22.0, 0.5, 300.0 if passed else 18.0, 100.0, passed=passed, words="does it fail?"),
        QuestionView("works", 40.0, 9.0, 0.7, 160.0 if passed else 0.4, 100.0, passed=passed, words="does it work?"),
    )


def reason(code: str) -> ReasonView:
    """Return a reason with its words."""
    return ReasonView(code, reason_words(code))


def rewrite(pair: CandidateView, number: int) -> RewriteView:
    """Return a live pair as it is published."""
    assert pair.source is not None
    assert pair.target is not None
    share = {"trial": 0.5, "promoted": 0.9}.get(pair.stage, 1.0)
    words = ("People who were served got on better than those who were held back.",)
    return RewriteView(
        rewrite_id=pair.rewrite_id, version=number, tenant=pair.tenant, locale=pair.locale, domain=pair.domain,
        state=pair.state, source=pair.source, target=pair.target, meaning=pair.meaning or "", stage=pair.stage,
        share=share, origin="manual" if pair.stage == "pinned" else "learned", evidence=SERVED, words=words,
        decided_at=NOW_MS - number * HOUR_MS, decided_by=TIPPED, expires_at=NOW_MS + 900 * HOUR_MS,
    )  # fmt: skip


def decision(number: int, pair: CandidateView, before: Stage, after: Stage, code: str) -> DecisionView:
    """Return one line of the timeline."""
    evidence = FALLEN if after == "demoted" else SERVED
    return DecisionView(
        decision_id=f"d{number}", rewrite_id=pair.rewrite_id, tenant=pair.tenant, locale=pair.locale,
        domain=pair.domain, state=pair.state, source=pair.source, target=pair.target, meaning=pair.meaning,
        from_stage=before, to_stage=after, reason=reason(code), evidence=evidence, words=(),
        decided_at=NOW_MS - number * 7 * HOUR_MS, decided_by=TIPPED, place=DecidedBy("demo.decisions", 0, 100 - number),
    )  # fmt: skip


CHAIN: Final = ChainView(
    nodes=(
        NodeView("a", "text", "step", "next", 0.44, 0),
        NodeView("b", "text", "step", "continue", 0.93, 1),
        NodeView("c", "text", "step", "next step please", 0.71, 1),
        NodeView("d", "text", "step", None, 0.3, 1),
        NodeView("e", "text", "", "stop", 0.88, 2),
        NodeView("yes", "success", "", "", 1.0, 3),
        NodeView("no", "failure", "", "", 0.0, 3),
    ),
    edges=(
        EdgeView("a", "b", 0.46), EdgeView("a", "c", 0.12), EdgeView("a", "d", 0.07), EdgeView("a", "a", 0.08),
        EdgeView("a", "yes", 0.1), EdgeView("a", "no", 0.17), EdgeView("b", "yes", 0.9), EdgeView("b", "no", 0.07),
        EdgeView("c", "b", 0.2), EdgeView("c", "yes", 0.55), EdgeView("c", "no", 0.25), EdgeView("d", "e", 0.3),
        EdgeView("d", "no", 0.7), EdgeView("e", "yes", 0.88), EdgeView("e", "no", 0.12),
    ),
)  # fmt: skip


class SampleKnowledge:
    """What a worker might know; remembers the orders it was given.

    Args:
        empty: a service that has only just begun.
        can_order: whether orders can be given.
    """

    def __init__(self, *, empty: bool = False, can_order: bool = True) -> None:
        self.empty = empty
        self.can_order = can_order
        self.drafts: list[OrderDraft] = []
        self.failing: Exception | None = None
        self.pairs = () if empty else tuple(candidate(*pair) for pair in PAIRS)
        self._in_force: list[OrderView] = [] if empty else [_opted_out(), _killed_domain()]

    def overview(self) -> Overview:
        """Return what to see first."""
        self._fail()
        if self.empty:
            return Overview(
                title="empty", healthy=True, concerns=(), live={}, candidates={}, since_ms=NOW_MS - 24 * HOUR_MS,
                published=0, withdrawn=0, wins=0.0, losses=0.0, lower=0.0, upper=1.0, treated_success=None,
                held_out_success=None, treated=0.0, held_out=0.0, partitions=(), can_order=self.can_order,
                now_ms=NOW_MS,
            )  # fmt: skip
        return Overview(
            title="demo", healthy=True, concerns=("2 partitions of learn are more than a minute behind",),
            live={"trial": 4, "promoted": 17, "pinned": 1}, candidates={"candidate": 61, "shadow": 3, "demoted": 2},
            since_ms=NOW_MS - 24 * HOUR_MS, published=3, withdrawn=1, wins=214.0, losses=38.0, lower=0.78, upper=0.9,
            treated_success=0.91, held_out_success=0.43, treated=2_310.0, held_out=262.0,
            partitions=tuple(
                PartitionView(stage, number, "worker-1" if number % 2 else "worker-0", number % 2 == 0, 1_000, lag)
                for stage in ("detect", "learn") for number, lag in enumerate((0.4, 72.0, None))
            ),
            can_order=self.can_order, now_ms=NOW_MS,
        )  # fmt: skip

    def rewrites(self, *, start: int = 0, size: int = PAGE_MAX, search: str = "") -> Listing[RewriteView]:
        """Return the live pairs."""
        live = [pair for pair in self.pairs if pair.stage in {"promoted", "trial", "pinned"}]
        views = [rewrite(pair, number) for number, pair in enumerate(live, 1)]
        return part([one for one in views if search in f"{one.source} {one.target} {one.rewrite_id}"], start, size)

    def candidates(self, *, start: int = 0, size: int = PAGE_MAX) -> Listing[CandidateView]:
        """Return the others."""
        return part([pair for pair in self.pairs if pair.stage not in {"promoted", "trial", "pinned"}], start, size)

    def decisions(
        self, *, before_ms: int | None = None, size: int = PAGE_MAX, rewrite_id: str = ""
    ) -> Listing[DecisionView]:
        """Return what was decided."""
        if self.empty:
            return Listing((), 0)
        by_id = {pair.rewrite_id: pair for pair in self.pairs}
        made = [
            decision(1, by_id["r-lamp"], "candidate", "trial", "evidence_passed"),
            decision(2, by_id["r-fallen"], "promoted", "demoted", "target_fails_now"),
            decision(3, by_id["r-next"], "trial", "promoted", "beat_hold_out"),
            decision(4, by_id["r-hidden"], "candidate", "shadow", "users_source"),
            decision(5, by_id["r-rain"], "none", "pinned", "pinned"),
            decision(6, by_id["r-hostile"], "none", "candidate", "repaired_by_enough_users"),
            decision(7, by_id["r-half"], "trial", "blocked", "blocked"),
            decision(8, by_id["r-fallen"], "trial", "promoted", "beat_hold_out"),
        ]
        found = [one for one in made if rewrite_id in {"", one.rewrite_id}]
        found = [one for one in found if before_ms is None or one.decided_at < before_ms]
        return Listing(tuple(found[:size]), len(made), found[size - 1].decided_at if len(found) > size else None)

    def orders(self) -> Listing[OrderView]:
        """Return the orders, newest first."""
        return part(sorted(self._in_force, key=lambda order: -order.issued_at), 0, PAGE_MAX)

    def rejected(self, *, size: int = PAGE_MAX) -> Listing[RejectedView]:
        """Return rejected records."""
        one = RejectedView(
            "demo.turns.rejected", 0, 12, NOW_MS - HOUR_MS, "detect", "demo.turns", 2, 90_210, "undecodable", 214, 0
        )
        return part([] if self.empty else [one, msgspec.structs.replace(one, offset=11, reason="late")], 0, size)

    def pair(self, rewrite_id: str) -> CandidateView:
        """Return a pair."""
        if rewrite_id == "r-elsewhere":
            message = "worker-1 has this pair: ask its console"
            raise ElsewhereError(message)
        for pair in self.pairs:
            if pair.rewrite_id == rewrite_id:
                return pair
        message = "no pair has this id"
        raise UnknownError(message)

    def explain(
        self, source: str, *, state: str | None = None, tenant: str | None = None, locale: str | None = None
    ) -> tuple[ExplanationView, ...]:
        """Explain one text that everybody says."""
        if source != "next" or state not in {None, "step"}:
            message = "nobody said this, or not enough people did"
            raise UnknownError(message)
        words = ("It fails on most days.",)
        pairs = tuple(pair for pair in self.pairs if pair.source == "next")
        return (
            ExplanationView(
                tenant or "demo", locale or "en-US", "step", source, 131, 40.0, 91.0, "continue()", words, pairs, CHAIN
            ),
        )

    def order(self, draft: OrderDraft) -> OrderView:
        """Take an order."""
        self._fail()
        if not self.can_order:
            message = "orders cannot be given here"
            raise OrderRefusedError(message)
        self.drafts.append(draft)
        about = {name: getattr(draft, name) for name in ("tenant", "locale", "domain", "state", "source", "target")}
        view = OrderView(
            scope=f"rewrites?{draft.rewrite_id}{draft.source}{draft.target}", action=draft.action,
            rewrite_id=draft.rewrite_id,
            about_one_user=False, issued_at=NOW_MS + len(self.drafts), issued_by=draft.issued_by, note=draft.note,
            **about,
        )  # fmt: skip
        self._in_force = [order for order in self._in_force if order.scope != view.scope] + [view]
        return view

    def _fail(self) -> None:
        if self.failing is not None:
            raise self.failing


def part(views: Sequence[Item], start: int, size: int) -> Listing[Item]:
    """Return a part of many."""
    end = start + size
    return Listing(tuple(views[start:end]), len(views), end if end < len(views) else None)


def unavailable() -> UnavailableError:
    """Return what a worker says whose Kafka is away."""
    return UnavailableError("Kafka does not answer; look whether its brokers run")


def _opted_out() -> OrderView:
    return OrderView(
        "rewrites#1", "block", "demo", "", "", "", "", "", "", about_one_user=True, issued_at=NOW_MS - 50 * HOUR_MS,
        issued_by="help desk", note="",
    )  # fmt: skip


def _killed_domain() -> OrderView:
    return OrderView(
        "rewrites?domain=calls", "kill", "", "", "calls", "", "", "", "", about_one_user=False,
        issued_at=NOW_MS - 70 * HOUR_MS, issued_by="Ada", note="calls go to the wrong people",
    )  # fmt: skip
