"""The truth about simulated traffic, recounted from the events that were sent."""

from collections import Counter, defaultdict
from typing import Any

import pytest
from scipy.stats import binomtest

from schemas.records import Interpretation, TurnEvent
from streams.simulate import truth as truths
from streams.simulate.traffic import Traffic, simulate
from streams.simulate.truth import Truth, faults
from streams.text import normalise

TURNS = 60_000


class Run:
    """One run: its events once each, and its truth."""

    def __init__(self, traffic: Traffic) -> None:
        self.events: dict[str, TurnEvent] = {}
        for event in traffic:
            if event.turn is not None:
                self.events.setdefault(event.turn.turn_id, event)
        self.truth: Truth = traffic.truth()


@pytest.fixture(scope="module")
def run() -> Run:
    """Return ordinary traffic."""
    return Run(simulate(TURNS, 1_200, 11, disorder=0.0))


@pytest.fixture(scope="module")
def worthless() -> Run:
    """Return traffic that teaches nothing."""
    return Run(simulate(TURNS // 2, 600, 11, worthless=True))


def meant(state: str, interpretation: Interpretation | None) -> str:
    """Write a meaning as the truth does, from its definition."""
    if interpretation is None:
        return ""
    slots = sorted(f"{slot.name}={slot.value}" for slot in interpretation.slots)
    if not state:
        return f"{interpretation.domain}.{interpretation.intent}({','.join(slots)})"
    return ", ".join(sorted(slot.value for slot in interpretation.slots)) or (
        f"{interpretation.domain}.{interpretation.intent}"
    )


def answered_as(event: TurnEvent) -> str:
    """Return the meaning a turn was answered as, "" when it was not answered."""
    assert event.turn is not None
    if event.turn.reply.status != "answered":
        return ""
    return meant(event.turn.expecting, event.turn.interpretation)


def recount(run: Run) -> dict[tuple[str, str], Counter[str]]:
    """Return, by text at its state, how often it was answered as each meaning ("" not at all)."""
    heard: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for event in run.events.values():
        assert event.turn is not None
        heard[event.turn.expecting, normalise(event.turn.said, event.locale)][answered_as(event)] += 1
    return heard


def test_uses_are_those_of_the_traffic(run: Run) -> None:
    """Uses and users of every text are counted as sent, but for the end of the last session."""
    heard = recount(run)
    uses = {(text.state, text.text): sum(period.uses for period in text.periods) for text in run.truth.texts}
    differences = {node: count - heard[node].total() for node, count in uses.items() if count != heard[node].total()}
    assert sum(differences.values()) < 30
    assert min(differences.values(), default=0) >= 0


def test_success_shows_in_the_traffic(run: Run) -> None:
    """Texts with one meaning were answered as that meaning about as often as the truth says."""
    heard, doubtful, looked_at = recount(run), [], 0
    for text in run.truth.texts:
        period = text.periods[0]
        if len(text.periods) > 1 or max(period.meanings.values()) < 1 or period.meaning == "" or period.uses < 20:
            continue
        counts = heard[text.state, text.text]
        works = counts[period.meaning]
        if text.trap == "not offered":
            continue
        looked_at += 1
        if binomtest(works, counts.total(), period.success).pvalue < 1e-4:
            doubtful.append((text.state, text.text, works / counts.total(), period.success))
    assert looked_at > 200
    assert doubtful == []


def test_repairs_show_in_the_traffic(run: Run) -> None:
    """Whoever is said to have repaired a text failed with it and then got its meaning in the same session."""
    sessions: dict[str, list[Any]] = defaultdict(list)
    for event in sorted(run.events.values(), key=lambda event: event.occurred_at):
        sessions[event.session_id].append(event)
    repaired: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for events in sessions.values():
        got = [answered_as(event) for event in events]
        for at, event in enumerate(events):
            for later in range(at + 1, len(events)):
                if got[later] and got[later] != got[at] and events[later].turn.expecting == event.turn.expecting:
                    node = (event.turn.expecting, normalise(event.turn.said, event.locale), got[later])
                    repaired[node].add(event.user)
    unseen = [
        period.repairing_users - len(repaired[text.state, text.text, period.meaning])
        for text in run.truth.texts
        for period in text.periods
        if period.repairing_users > len(repaired[text.state, text.text, period.meaning])
    ]
    assert sum(unseen) <= 2  # the last session may be cut short


def test_enough_is_learnable_and_none_of_it_wrong(run: Run) -> None:
    """There is much to learn; every target is right when enough people had repaired, and said by enough of them."""
    index = run.truth.index()
    assert len(run.truth.learnable) >= 20
    for learnable in run.truth.learnable:
        assert learnable.repairing_users >= run.truth.users_min
        source = index[learnable.state, learnable.source]
        for target in learnable.targets:
            assert faults(source, index[learnable.state, target], learnable.repaired_at_ms, run.truth.locale) == ()
            assert index[learnable.state, target].at(learnable.repaired_at_ms).users >= run.truth.users_min


def test_traps_are_present_and_never_learnable(run: Run) -> None:
    """Every kind of trap was said by many, and none of these texts may be rewritten."""
    traps = Counter(text.trap for text in run.truth.texts if text.trap and max(p.users for p in text.periods) >= 20)
    wanted = {"followed", "not offered", "mixed", "no for now", "number", "on and off", "protected", "enjoyed"}
    assert wanted <= traps.keys()
    index = run.truth.index()
    assert [item for item in run.truth.learnable if index[item.state, item.source].trap] == []


def test_mixed_texts_mean_two_things(run: Run) -> None:
    """The mixed texts really mean one thing to some and another to others, neither to four in five."""
    index = run.truth.index()
    for node in (("", "turn it down"), ("", "whats today"), ("", "play thriller"), ("place", "new york")):
        assert max(index[node].periods[0].meanings.values()) < truths.SHARE_MIN


def test_no_for_now_is_forbidden(run: Run) -> None:
    """A "no" at the time question is never to be heard as "now"."""
    index = run.truth.index()
    found = faults(index["time", "no"], index["time", "now"], run.truth.until_ms, run.truth.locale)
    assert {"mixed_meaning", "negation_changed"} <= set(found)


def test_a_changed_number_is_forbidden(run: Run) -> None:
    """Five is never to be heard as nine, though nearly everybody who is heard as five meant nine."""
    index = run.truth.index()
    source, target = index["", "remind me at five am"], index["", "remind me at nine am"]
    assert faults(source, target, run.truth.until_ms, run.truth.locale) == ("number_changed",)


def test_drift_changes_what_is_right(run: Run) -> None:
    """Some texts begin to work, some cease to, one comes to mean something else."""
    drifts = {text.drift: text for text in run.truth.texts if text.drift and len(text.periods) == 2}
    before, after = drifts["fixed"].periods
    assert before.success < 0.2
    assert after.success > 0.8
    before, after = drifts["broken"].periods
    assert before.success > 0.8
    assert after.success < 0.2
    before, after = drifts["flipped"].periods
    assert before.meaning != after.meaning


def test_without_drift_nothing_changes() -> None:
    """With drift 0 every text has one period."""
    still = Run(simulate(3_000, 100, 2, drift=0.0))
    assert {len(text.periods) for text in still.truth.texts} == {1}


def test_worthless_traffic_teaches_nothing(worthless: Run) -> None:
    """Nothing is learnable for however few people, and no text works better than another of the same meaning."""
    traffic = simulate(5_000, 100, 4, worthless=True)
    assert len(list(traffic)) >= 5_000
    assert traffic.truth(users_min=1).learnable == ()
    assert worthless.truth.learnable == ()
    chances: dict[tuple[str, str], set[float]] = defaultdict(set)
    for text in worthless.truth.texts:
        (period,) = text.periods
        if max(period.meanings.values()) == 1.0 and text.trap != "not offered":
            chances[text.state, period.meaning].add(round(period.success, 9))
    assert len(chances) > 100
    assert {len(of_goal) for of_goal in chances.values()} == {1}


def test_worthless_traffic_has_no_right_rewrite(worthless: Run) -> None:
    """No pair of texts would be right, at any moment."""
    by_state: dict[str, list[Any]] = defaultdict(list)
    for text in worthless.truth.texts:
        by_state[text.state].append(text)
    failing = [text for text in worthless.truth.texts if text.periods[0].success < truths.SOURCE_WORKS_MAX]
    assert failing
    for source in failing:
        rights = [
            target
            for target in by_state[source.state]
            if not faults(source, target, worthless.truth.until_ms, worthless.truth.locale)
        ]
        assert rights == []


def test_worthless_traffic_fails_as_often(run: Run, worthless: Run) -> None:
    """It looks like traffic: as many open failures, within a third."""

    def open_failures(of: Run) -> float:
        statuses = Counter(event.turn.reply.status for event in of.events.values() if event.turn is not None)
        return (statuses["asked_again"] + statuses["not_understood"] + statuses["failed"]) / statuses.total()

    assert 0.66 < open_failures(worthless) / open_failures(run) < 1.5


def test_truth_survives_its_file(run: Run) -> None:
    """A truth read back from its file is the same."""
    assert truths.decode(truths.encode(run.truth)) == run.truth
