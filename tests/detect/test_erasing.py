"""Erasing somebody: what is held goes, what is not theirs stays, what comes later is new."""

from dataclasses import replace

import pytest

from schemas.records import AppliedRewrite, Policy, TurnEvent
from streams.detect.rows import ROWS
from streams.detect.settings import DetectSettings
from tests.building import START_MS, Detecting, meaning, said, signal, texts, tick
from tests.contracts.encoded import EncodedRows

TREATED = AppliedRewrite("r1", 3, "treated", "play jazz")
JOKES = DetectSettings(repeat_means={"joke": "approval"})


def erase(user: str = "u1", tenant: str = "demo", at_ms: int = START_MS, scope: str = "e") -> Policy:
    """Return an order to erase somebody."""
    return Policy(scope, "erase", at_ms, tenant=tenant, user=user)


def ordered(detecting: Detecting, *policies: Policy, policy_next: int = 1) -> Detecting:
    """Put orders in force and run an empty batch."""
    detecting.context = replace(
        detecting.context, policy={policy.scope: policy for policy in policies}, policy_next=policy_next
    )
    return detecting.feed()


def feed_empty(detecting: Detecting) -> list[str]:
    """Return the keys of the rows that are about people."""
    return [key for key in detecting.rows.rows if key.partition("|")[0] in {"person", "served", "enjoyed", "due"}]


def of_user(user: str, at_s: float = 0, tenant: str = "demo") -> list[TurnEvent]:
    """Return turns of a user that leave every kind of row."""
    joke = meaning("joke")
    return [
        said("qlay jazz", at_s, user=user, tenant=tenant, rewrite=TREATED),
        said("tell a joke", at_s + 60, user=user, tenant=tenant, means=joke),
        said("tell a joke", at_s + 70, user=user, tenant=tenant, means=joke, turn_id=f"{user}-again"),
    ]


def test_nothing_is_left_of_somebody_erased() -> None:
    """No row, no timer, whoever else is there; the store that keeps bytes agrees."""
    for rows in (None, EncodedRows(ROWS)):
        detecting = Detecting(JOKES, rows=rows).feed(*of_user("u1"), signal("denied", "unknown", 70))
        kinds = {key.partition("|")[0] for key in feed_empty(detecting)}
        assert kinds == {"person", "served", "enjoyed", "due"}
        assert feed_empty(ordered(detecting, erase())) == []


def test_the_rows_of_others_stay() -> None:
    """Of other users, also those whose name begins alike, and of other tenants."""
    others = of_user("u10") + of_user("u1/s1") + of_user("u1", tenant="other") + of_user("u2")
    alone = ordered(Detecting(JOKES).feed(*others), policy_next=1)
    together = ordered(Detecting(JOKES).feed(*others, *of_user("u1")), erase())
    assert feed_empty(together) == feed_empty(alone)
    assert together.finish().trails == alone.finish().trails


def test_an_order_without_a_tenant_is_about_all_of_them() -> None:
    """The same pseudonym everywhere."""
    detecting = Detecting(JOKES).feed(*of_user("u1"), *of_user("u1", tenant="other"), *of_user("u2"))
    ordered(detecting, erase(tenant=""))
    assert {key for key in feed_empty(detecting) if "|u1" in key} == set()
    assert any("|u2" in key for key in feed_empty(detecting))


def test_all_sessions_of_a_shared_user_are_erased() -> None:
    """Whoever asks for a kiosk to be erased means everybody who used it."""
    settings = DetectSettings(shared_users=("kiosk",))
    events = [
        said("qlay jazz", at_s, user="kiosk", session=session, rewrite=TREATED, turn_id=f"{session}-{at_s}")
        for at_s, session in ((0, "s1"), (60, "s2"))
    ]
    assert feed_empty(ordered(Detecting(settings).feed(*events), erase("kiosk"))) == []


def test_open_turns_are_dropped_uncounted_and_their_number_is_told() -> None:
    """The one exception to one trail a turn; turns whose trail was sent are not among them."""
    detecting = Detecting().feed(said("a", 0), said("b", 60), said("c", 61), said("d", 61, user="u2"))
    ordered(detecting, erase()).finish()
    assert detecting.flush.facts["turns_erased"] == 2
    assert texts(detecting.trails) == [["a"], ["d"]]


def test_what_comes_later_is_new_and_counts() -> None:
    """An order is applied once, also when further orders come."""
    detecting = ordered(Detecting().feed(said("a", 0)), erase()).feed(said("b", 9))
    ordered(detecting, erase(), erase("u2", scope="other"), policy_next=2).finish()
    assert texts(detecting.trails) == [["b"]]


@pytest.mark.parametrize("again", [True, False])
def test_an_order_given_anew_is_applied_again(again: bool) -> None:  # noqa: FBT001
    """With a later time under the same scope, or after it was taken back."""
    detecting = ordered(Detecting().feed(said("a", 0)), erase()).feed(said("b", 9))
    if not again:
        ordered(detecting, policy_next=2)
    ordered(detecting, erase(at_ms=START_MS + again), policy_next=3).finish()
    assert detecting.trails == []


def test_orders_taken_back_leave_no_row() -> None:
    """What was applied is remembered no longer than the order stands."""
    detecting = ordered(Detecting().feed(said("a", 0)), erase())
    assert [key for key in detecting.rows.rows if key.startswith("erased|")] == ["erased|e"]
    ordered(detecting, policy_next=2)
    assert sorted(detecting.rows.rows) == ["clock|", "heard|"]


def test_a_late_complaint_of_somebody_erased_reaches_no_rewrite() -> None:
    """What a rewrite did for them is forgotten."""
    detecting = ordered(Detecting().feed(said("qlay jazz", 0, rewrite=TREATED), tick(60)), erase())
    detecting.feed(signal("denied", "u1-0", 61), tick(99)).finish()
    assert detecting.corrections == []


def test_no_fact_names_anybody() -> None:
    """Facts go to metrics and logs."""
    detecting = ordered(Detecting().feed(said("a", 0, user="somebody")), erase("somebody"))
    assert not [fact for fact in detecting.flush.facts if "somebody" in fact]
