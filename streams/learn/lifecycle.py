"""From repair to published rewrite and back: when a pair changes its stage. Knows verdicts, not how they are reached.

    none -> candidate -> shadow -> trial -> promoted -> demoted -> (cool-off) -> ...

``candidate``: enough people repaired the source to the meaning. ``shadow``: all three questions pass, yet something
holds the pair back (a guard, the release rule). ``trial``: published to some, against a hold-out. ``promoted``: shown
to be better than the hold-out. All changes there are stand in ``streams.learn.stages``.
"""

from collections.abc import Sequence

from schemas.records import DecidedBy, Stage
from streams import orders
from streams.learn import evidence, judgement, publishing, trial
from streams.learn.judgement import Verdict
from streams.learn.ledger import Asked, Ledger
from streams.learn.publishing import Publisher
from streams.learn.rows import WANTED_BY_MAX, Live, Pair, Watch, row_key
from streams.learn.stages import LIVE, RELEASE_HOLDS
from streams.orders import Orders

COOL_OFF_DOUBLINGS_MAX = 10
"""A cool-off stops doubling at 1024 times its length: about three years of days."""

WINS_TO_WAIT_MAX = 8
"""A candidate is looked at again after this many wins at the latest: how far silence is believed moves it too."""

LOST: dict[Asked, str] = {
    "means": "meaning_changed",
    "fails": "source_works_now",
    "works": "target_fails_now",
    "treated": "losing",
    "pairs": "no_longer_wins",
}
"""Why a live rewrite is taken back, by what has changed."""

NO_ORDERS = Orders(())


class Lifecycle:
    """Moves the pairs of one chain between stages."""

    def __init__(self, ledger: Ledger, decided_by: DecidedBy, now: int, in_force: Orders = NO_ORDERS) -> None:
        """Work on a chain's ledger at a moment of its own time, because of one record, under the orders in force."""
        self.ledger = ledger
        self.now = now
        self.orders = in_force
        self.publisher = Publisher(ledger, decided_by, now)

    def consider(self, key: str, observed: Sequence[tuple[Asked, bool]]) -> None:
        """Look at a pair with new evidence: watch it if it is live, judge it if not."""
        pair = self.ledger.pair(key)
        if pair is None:
            return
        if pair.stage in LIVE:
            self._watch(key, pair, observed)
        elif len(pair.users) >= self.ledger.settings.repairs_min and not self._waits(key, pair, observed):
            self.judge(key, pair)

    def _waits(self, key: str, pair: Pair, observed: Sequence[tuple[Asked, bool]]) -> bool:
        """Return whether this evidence cannot change anything.

        A candidate still lacks wins that it does not bring, or a proven pair has won again and is still not released.
        """
        if pair.stage == "shadow":
            won_again = bool(observed) and all(won for _, won in observed)
            return won_again and bool(judgement.release_holds(self.ledger, pair, pair.target))
        if pair.wins_to_wait <= 0 or not observed:
            return False
        won = sum(1 for asked, won in observed if won and asked == pair.waits_for)
        if won:
            pair.wins_to_wait -= won
            self.ledger.rows.put(key, pair)
        return pair.wins_to_wait > 0

    # -- up --------------------------------------------------------------------------------------------------------

    def judge(self, key: str, pair: Pair) -> None:
        """Judge a pair that is not live, and let it rise as far as it may."""
        settings = self.ledger.settings
        if publishing.last_seen(self.ledger, pair) + settings.expires_after_ms <= self.now:
            return  # nobody says it any more: news about the target alone revive nothing
        if pair.stage == "blocked":
            return  # until an order lets it go
        verdict = judgement.judge(self.ledger, pair, now=self.now)
        if pair.stage in {"none", "expired"}:
            self._become_candidate(pair, verdict)
        pair.reason = verdict.held_by[0] if verdict.held_by else ""
        pair.waits_for, pair.wins_to_wait = verdict.question, min(verdict.missing, WINS_TO_WAIT_MAX)
        self._want(key, pair, verdict)
        if verdict.proven and verdict.held_by and set(verdict.held_by) <= set(RELEASE_HOLDS):
            self.ledger.flush.count(f"release_refused.{verdict.held_by[0]}")
        if verdict.proven and not verdict.held_by:
            self._begin_trial(key, pair, verdict)
        elif verdict.proven and pair.stage != "shadow":
            self.publisher.change(pair, "shadow", verdict.held_by[0], verdict)
        elif pair.stage == "shadow" and not verdict.proven:
            self.publisher.change(pair, "candidate", verdict.held_by[0], verdict)
        self.ledger.rows.put(key, pair)

    def _become_candidate(self, pair: Pair, verdict: Verdict) -> None:
        self.publisher.change(pair, "candidate", "repaired_by_enough_users", verdict)
        if not pair.number:
            self.ledger.chain.candidates += 1
            pair.number = self.ledger.chain.candidates
            questions = pair.evidence.questions if pair.evidence is not None else ()
            pair.numbered_e_values = {question.question: question.e_value for question in questions}

    def _begin_trial(self, key: str, pair: Pair, verdict: Verdict) -> None:
        forbidden = self.forbidden(pair)
        if forbidden:
            self.publisher.change(pair, "blocked", forbidden, verdict)
            return
        pair.target = verdict.target
        shares = {
            question.question: trial.smoothed(question.wins, question.wins + question.losses)
            for question in verdict.questions
        }
        watch_share = self.ledger.settings.watch_share
        pair.watches = {question: Watch(watch_share * share) for question, share in shares.items()}
        pair.watches["treated"] = trial.trial_watch(shares["works"])
        self.ledger.chain.found += not pair.was_found
        pair.was_found = True
        share = self.ledger.settings.trial_share
        self.publisher.publish(key, pair, "trial", "evidence_passed", verdict=verdict, share=share)

    def forbidden(self, pair: Pair) -> str:
        """Return why an order keeps a pair from being served: killed or blocked; "" when none does."""
        live = orders.Live(publishing.rewrite_id(pair), 0, pair.domain, pair.target, 1.0, None)
        place = orders.Place(pair.tenant, pair.locale, pair.state, pair.source)
        order = self.orders.forbidding(live, place)
        if order is None:
            return ""
        return "killed" if order.action == "kill" else "blocked"

    def _want(self, key: str, pair: Pair, verdict: Verdict) -> None:
        """Ask to be told when the target has new evidence, or when a text that is waited for is released."""
        pair.target = verdict.target or pair.target
        if verdict.target and len(verdict.questions) == len(judgement.NOT_PROVEN):
            self._note("node", (pair.state, verdict.target), "wanted_by", key)
        for reason, said in (("not_released_source", pair.source), ("not_released_target", verdict.target)):
            if reason in verdict.held_by:
                self._note("text", (said,), "waiting", key)

    def _note(self, kind: str, parts: tuple[str, ...], attribute: str, key: str) -> None:
        row_name = row_key(kind, self.ledger.name, *parts)
        row = self.ledger.rows.get(row_name)
        if row is None:
            return
        keys: list[str] = getattr(row, attribute)
        if key in keys:
            return
        if len(keys) >= WANTED_BY_MAX:
            keys.pop(0)
            self.ledger.flush.count("waiting_cut")
        keys.append(key)
        self.ledger.rows.put(row_name, row)

    # -- while served ----------------------------------------------------------------------------------------------

    def _watch(self, key: str, pair: Pair, observed: Sequence[tuple[Asked, bool]]) -> None:
        """Look for a change in what the rewrite was published on (e-SR, Shin et al. 2022), then at its pairs."""
        alpha = self.ledger.settings.watch_alpha
        for asked, won in observed:
            watch = pair.watches.get(asked)
            if watch is None:
                continue
            watch.statistics = list(evidence.observe_change(watch.statistics, watch.p0, won=won))
            if evidence.change_alarm(watch.statistics, alpha):
                self.demote(key, pair, LOST[asked])
                return
        if pair.stage == "trial" and any(asked in {"pairs", "treated"} for asked, _ in observed):
            self._try(key, pair)
        self.ledger.rows.put(key, pair)

    def _try(self, key: str, pair: Pair) -> None:
        """End a trial that its outcomes have decided."""
        found = publishing.standing_of(self.ledger, pair)
        if found is None:
            return
        lost = found.lost_at(1.0 / self.ledger.settings.alpha)
        if lost:
            self.demote(key, pair, lost)
        elif found.wins_at(judgement.needed_to_promote(self.ledger, pair)):
            self._promote(key, pair, found)

    def _promote(self, key: str, pair: Pair, found: trial.Standing) -> None:
        settings = self.ledger.settings
        pair.watches |= trial.promoted_watches(found, settings)
        self.ledger.chain.won += not pair.was_won
        pair.was_won = True
        verdict = judgement.judge(self.ledger, pair, now=self.now, everything=True)
        share = settings.promoted_share
        self.publisher.publish(key, pair, "promoted", "beat_hold_out", verdict=verdict, share=share)

    # -- down ------------------------------------------------------------------------------------------------------

    def demote(self, key: str, pair: Pair, reason: str) -> None:
        """Take a rewrite back because of what people do; it rests, longer each time, and needs new evidence."""
        settings = self.ledger.settings
        self._withdraw(pair, "demoted", reason)
        doublings = min(pair.attempts, COOL_OFF_DOUBLINGS_MAX)
        pair.cool_until = self.now + settings.cool_off_ms * 2**doublings
        pair.attempts += 1
        pair.base = judgement.base_of(self.ledger, pair)
        self.ledger.rows.put(key, pair)

    def block(self, key: str, pair: Pair, reason: str) -> None:
        """Take a rewrite back because an order forbids it."""
        self._withdraw(pair, "blocked", reason)
        self.ledger.rows.put(key, pair)

    def allow(self, key: str, pair: Pair) -> None:
        """Let a blocked pair be judged again."""
        verdict = judgement.judge(self.ledger, pair, now=self.now, everything=True)
        self.publisher.change(pair, "candidate", "allowed", verdict)
        self.ledger.rows.put(key, pair)
        self.consider(key, ())

    def _withdraw(self, pair: Pair, to_stage: Stage, reason: str) -> None:
        self.publisher.withdraw(pair, to_stage, reason)
        pair.watches, pair.reason = {}, reason

    def expire(self, key: str) -> int | None:
        """Take back a rewrite whose source was not heard for long; return when to look again, None when it is gone."""
        live: Live | None = self.ledger.rows.get(key)
        if live is None:
            return None
        settings = self.ledger.settings
        if live.rewrite is None:
            if live.withdrawn_at + settings.forget_after_ms <= self.now:
                self.ledger.rows.delete(key)
            return None
        if live.rewrite.stage == "pinned":
            return self.now + settings.expires_after_ms
        pair_key = live.pair
        pair = self.ledger.pair(pair_key)
        if pair is None:
            return None
        expires_at = publishing.last_seen(self.ledger, pair) + settings.expires_after_ms
        if expires_at > self.now:
            return expires_at
        self._withdraw(pair, "expired", "unseen")
        self.ledger.rows.put(pair_key, pair)
        return None

    # -- pins ------------------------------------------------------------------------------------------------------

    def pin(self, key: str, pair: Pair, target: str, wording: str) -> None:
        """Serve a pair to everybody because a person wants it, in their words; what was live at its key makes room.

        Args:
            key: of the pair's row.
            pair: the pair.
            target: what to hear, normalised.
            wording: the same as the person wrote it.
        """
        self._make_room(key, pair, target)
        pair.target, pair.wording, pair.watches, pair.reason = target, wording, {}, "pinned"
        verdict = judgement.judge(self.ledger, pair, now=self.now, everything=True)
        self.publisher.publish(key, pair, "pinned", "pinned", verdict=verdict, share=1.0)
        self.ledger.rows.put(key, pair)

    def _make_room(self, key: str, pair: Pair, target: str) -> None:
        live = self.ledger.live(pair.state, pair.source)
        if live is None or live.rewrite is None or (live.pair == key and pair.target == target):
            return
        other_key = live.pair
        other = self.ledger.pair(other_key)
        if other is not None:
            self._withdraw(other, "shadow", "pinned_otherwise")
            other.wording = ""
            self.ledger.rows.put(other_key, other)

    def unpin(self, key: str, pair: Pair) -> None:
        """Stop serving a pair that nobody pins any more; its evidence decides what becomes of it."""
        self._withdraw(pair, "candidate", "unpinned")
        pair.wording = ""
        self.ledger.rows.put(key, pair)
