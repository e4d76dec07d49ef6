"""Deciding: what becomes of an utterance, given rewrites and orders. No Kafka here."""

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.limits import SAID_LENGTH_MAX
from schemas.records import AppliedRewrite, Policy, Rewrite
from streams.kafka.progress import Place as Partition
from streams.kafka.progress import Progress
from streams.keys import rewrite_key
from streams.rewrites import DAY_MS, Decided, RewriteBook, applied, arm_of
from streams.text import NORMALISER
from tests.schemas.samples import FULL

NOW_MS = 1_700_000_000_000


def rewrite(**changes: Any) -> Rewrite:
    """Return a rewrite of "next" to "Continue!" at `step`, for everybody, except for what is given."""
    base = FULL[Rewrite]
    wanted = {
        "state": "step",
        "source": "next",
        "target": "Continue!",
        "normaliser": NORMALISER,
        "share": 1.0,
        "expires_at": NOW_MS + DAY_MS,
        **changes,
    }
    return msgspec.convert({**msgspec.to_builtins(base), **wanted}, Rewrite)


def key_of(record: Rewrite) -> str:
    """Return a rewrite's topic key."""
    return rewrite_key(record.tenant, record.locale, record.state, record.source)


def book_of(*rewrites: Rewrite, policies: tuple[Policy, ...] = (), **limits: Any) -> RewriteBook:
    """Return a book that has read rewrites, then orders."""
    book = RewriteBook(**limits)
    for record in rewrites:
        book.put(key_of(record), record)
    book.order((policy.scope, policy) for policy in policies)
    return book


def decide(book: RewriteBook, said: str = "next", expecting: str = "step", **changes: Any) -> Decided:
    """Decide as a user would meet it."""
    asked = {"user": "u1", "tenant": "demo", "locale": "en-US", "at_ms": NOW_MS, **changes}
    return book.decide(said, expecting, **asked)


def policy(action: str, issued_at: int = 1, scope: str = "", **changes: Any) -> Policy:
    """Return an order with a scope of its own."""
    return Policy(scope or f"{action}-{issued_at}-{sorted(changes.items())}", action, issued_at, **changes)  # type: ignore[arg-type]


def test_a_rewrite_applies_however_the_source_is_spelt() -> None:
    """What was said is normalised as the learner does, and the target is given as it is spelt."""
    assert decide(book_of(rewrite()), "  NEXT!! ").text == "Continue!"


@pytest.mark.parametrize(
    "asked",
    [{"said": "previous"}, {"expecting": ""}, {"tenant": "other"}, {"locale": "en-GB"}],
    ids=lambda asked: next(iter(asked)),
)
def test_a_rewrite_applies_nowhere_else(asked: dict[str, str]) -> None:
    """Another text, question, tenant or locale is left alone."""
    assert not decide(book_of(rewrite()), **asked)


def test_no_rewrite_leaves_the_text() -> None:
    """Where nothing applies, what was said is run as it was said, and there is nothing to report."""
    decided = decide(RewriteBook(), "Play it, Sam")
    assert decided == Decided("Play it, Sam")
    assert applied(decided) is None


def test_held_out_users_run_what_they_said_and_are_reported() -> None:
    """With nobody treated, the rewrite still counts as applied, in the arm `held_out`."""
    decided = decide(book_of(rewrite(share=0.0)), "Next!")
    assert decided
    assert applied(decided) == AppliedRewrite("r1", 3, "held_out", "Next!")


def test_rewrites_do_not_chain() -> None:
    """The target of one rewrite is not looked up again."""
    book = book_of(rewrite(), rewrite(source="continue", target="go on"))
    assert decide(book).text == "Continue!"


def test_an_expired_rewrite_is_not_served() -> None:
    """From the millisecond of `expires_at` on, it does not apply."""
    book = book_of(rewrite(expires_at=NOW_MS))
    assert decide(book, at_ms=NOW_MS - 1)
    assert not decide(book, at_ms=NOW_MS)


def test_a_text_too_long_to_be_learned_is_left_alone() -> None:
    """What would be cut before counting is never mistaken for what is left of it."""
    source = " ".join(["la"] * ((SAID_LENGTH_MAX + 1) // 3))
    book = book_of(rewrite(source=source))
    assert decide(book, source)
    assert not decide(book, source + " and more of it")


def test_a_withdrawn_rewrite_is_not_served() -> None:
    """A tombstone takes it away."""
    book = book_of(rewrite())
    book.withdraw(key_of(rewrite()))
    assert not decide(book)


@pytest.mark.parametrize(
    ("record", "key", "problem"),
    [
        (rewrite(normaliser="0"), key_of(rewrite()), "normaliser"),
        (rewrite(target="stop"), key_of(rewrite()).replace("demo", "demo2"), "wrong_key"),
        (rewrite(source="other"), key_of(rewrite(source="other")), "too_many"),
    ],
    ids=["normaliser", "wrong_key", "too_many"],
)
def test_what_cannot_be_used_is_counted_and_not_served(record: Rewrite, key: str, problem: str) -> None:
    """Another normaliser's text, a key that is not the record's, one rewrite too many: each has its count."""
    book = book_of(rewrite(), rewrites_max=1)
    book.put(key, record)
    assert book.problems == Counter({problem: 1})
    assert not decide(book, record.source, tenant=key.split("|", maxsplit=1)[0])


def test_a_book_keeps_only_the_tenants_and_locales_it_was_asked_for() -> None:
    """Keys of others are not wanted."""
    book = RewriteBook(tenants=["demo"], locales=["en-US", "de"])
    wanted = [book.wants(key) for key in ("demo|en-US|s|x", "demo|de||x", "demo|fr||x", "other|de||x")]
    assert wanted == [True, True, False, False]


# -- arms ----------------------------------------------------------------------------------------------------------


@given(st.text(min_size=1, max_size=8), st.integers(0, 2**41), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_treats_whom_a_smaller_one_treats(user: str, at_ms: int, one: float, other: float) -> None:
    """Raising the share takes nobody's rewrite away."""
    small, large = sorted((one, other))
    assert arm_of("r1", user, at_ms, large) == "treated" or arm_of("r1", user, at_ms, small) == "held_out"


@given(st.text(min_size=1, max_size=8), st.integers(0, 20_000), st.integers(0, DAY_MS - 1), st.floats(0, 1))
def test_an_arm_lasts_for_the_day(user: str, day: int, within: int, share: float) -> None:
    """A user meets one behaviour from midnight to midnight UTC."""
    assert arm_of("r1", user, day * DAY_MS, share) == arm_of("r1", user, day * DAY_MS + within, share)


def test_the_share_is_the_part_of_users_treated() -> None:
    """Of ten thousand users a share of .3 treats 30 %, give or take five standard deviations."""
    treated = sum(arm_of("r1", f"u{number}", NOW_MS, 0.3) == "treated" for number in range(10_000))
    assert abs(treated - 3_000) < 5 * (10_000 * 0.3 * 0.7) ** 0.5


@pytest.mark.parametrize(("stage", "share"), [("trial", 0.5), ("promoted", 0.9)])
def test_a_rewrite_is_served_to_the_share_that_its_record_gives(stage: str, share: float) -> None:
    """Each stage has its own; who is not treated is held out, so that both arms are reported."""
    book = book_of(rewrite(stage=stage, share=share))
    arms = Counter(decide(book, user=f"u{number}").arm for number in range(2_000))
    assert arms["treated"] + arms["held_out"] == 2_000
    assert abs(arms["treated"] - 2_000 * share) < 5 * (2_000 * share * (1 - share)) ** 0.5


def test_the_arm_is_one_that_others_compute() -> None:
    """The hash is a contract: these users have these arms, in every version."""
    arms = [arm_of("r1", f"u{number}", NOW_MS, 0.5) for number in range(8)]
    assert [arm == "treated" for arm in arms] == [False, True, True, True, True, False, False, False]


# -- orders --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scope",
    [
        {},
        {"tenant": "demo"},
        {"tenant": "demo", "locale": "en-US"},
        {"domain": "music"},
        {"rewrite_id": "r1"},
        {"source": "NEXT"},
        {"locale": "en-US", "state": "step", "source": "Next!", "target": "continue"},
    ],
    ids=str,
)
@pytest.mark.parametrize("action", ["kill", "block"])
def test_a_kill_or_block_covers_what_its_fields_agree_with(action: str, scope: dict[str, Any]) -> None:
    """Globally, by tenant, locale, domain, rewrite or pair, however its texts are spelt."""
    assert not decide(book_of(rewrite(), policies=(policy(action, **scope),)))


@pytest.mark.parametrize(
    "scope",
    [
        {"tenant": "x"},
        {"locale": "de"},
        {"domain": "x"},
        {"state": "x"},
        {"source": "x"},
        {"target": "x"},
        {"rewrite_id": "x"},
    ],
    ids=str,
)
def test_a_kill_of_something_else_changes_nothing(scope: dict[str, Any]) -> None:
    """One field that does not agree is enough."""
    assert decide(book_of(rewrite(), policies=(policy("kill", **scope),)))


def test_the_latest_order_about_a_rewrite_decides() -> None:
    """A later allow of the pair lifts an older kill around it, and a still later kill beats that allow."""
    orders = [policy("kill", 1, tenant="demo"), policy("allow", 2, rewrite_id="r1"), policy("kill", 3)]
    served = [bool(decide(book_of(rewrite(), policies=tuple(orders[:number])))) for number in range(4)]
    assert served == [True, False, True, False]


def test_at_one_time_what_forbids_wins() -> None:
    """A kill and an allow of the same millisecond forbid."""
    assert not decide(book_of(rewrite(), policies=(policy("kill", 5), policy("allow", 5))))


def test_an_order_taken_back_no_longer_counts() -> None:
    """A tombstone on the policy's key lifts it."""
    book = book_of(rewrite(), policies=(policy("kill", scope="all"),))
    book.order([("all", None)])
    assert decide(book)


def pin(**changes: Any) -> Policy:
    """Return an order to hear "next" as "carry on"."""
    pair = {"tenant": "demo", "locale": "en-US", "state": "step", "source": "Next", "target": "carry on"}
    return policy("pin", 9, **{**pair, **changes})


def test_a_pin_is_served_to_everybody_above_what_was_learned() -> None:
    """It needs no rewrite in the topic, no share, and does not expire."""
    for book in (book_of(policies=(pin(),)), book_of(rewrite(share=0.0), policies=(pin(),))):
        decided = decide(book, at_ms=NOW_MS + 1_000 * DAY_MS)
        assert (decided.text, decided.arm, decided.version) == ("carry on", "treated", 9)


def test_a_pinned_rewrite_in_the_topic_is_the_one_reported() -> None:
    """Once the learner publishes the pinned pair, its id and version are used."""
    book = book_of(rewrite(stage="pinned", target="carry on", version=7), policies=(pin(),))
    assert decide(book)[1:3] == ("r1", 7)


def test_a_pin_at_no_question_applies_at_no_question_only() -> None:
    """A text is never rewritten at a question nobody named."""
    book = book_of(policies=(pin(state=""),))
    assert decide(book, expecting="")
    assert not decide(book, expecting="step")


def test_a_later_kill_beats_a_pin() -> None:
    """Whoever kills a tenant's rewrites kills the pinned ones too."""
    assert not decide(book_of(policies=(pin(), policy("kill", 10, tenant="demo"))))


def test_a_pin_of_a_text_to_itself_leaves_it_alone() -> None:
    """It keeps what was learned away from the text, and there is nothing to report."""
    assert decide(book_of(rewrite(), policies=(pin(target="NEXT!"),))) == Decided("next")


def test_what_a_pin_gives_is_not_rewritten_again() -> None:
    """A learned rewrite of the pinned target is not looked up."""
    assert decide(book_of(rewrite(source="carry on"), policies=(pin(),))).text == "carry on"


FIELDS = {
    "tenant": ["", "demo", "other"],
    "locale": ["", "en-US", "de"],
    "state": ["", "step", "other"],
    "source": ["", "next", "NEXT!", "other"],
    "rewrite_id": ["", "r1", "r2"],
}
POLICIES = st.builds(
    lambda action, issued_at, fields: policy(action, issued_at, **fields),
    st.sampled_from(["kill", "block", "allow"]),
    st.integers(0, 3),
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in FIELDS.items()}),
)


@given(st.lists(POLICIES, max_size=8))
def test_the_index_of_orders_changes_no_verdict(policies: list[Policy]) -> None:
    """Looking up few orders forbids the same as looking at all of them."""
    about = [
        (order.issued_at, order.action != "allow")
        for order in policies
        if order.tenant in {"", "demo"}
        and order.locale in {"", "en-US"}
        and order.state in {"", "step"}
        and order.source in {"", "next", "NEXT!"}
        and order.rewrite_id in {"", "r1"}
    ]
    assert bool(decide(book_of(rewrite(), policies=tuple(policies)))) is not max(about, default=(0, False))[1]


def test_orders_that_are_no_business_of_consumers_change_nothing() -> None:
    """Erasing a user and setting a threshold are for the stages."""
    assert decide(book_of(rewrite(), policies=(policy("erase", user="u1"), policy("set", setting="alpha", value="0"))))


# -- opting out ----------------------------------------------------------------------------------------------------


def test_who_opted_out_meets_no_rewrite_and_is_in_no_arm() -> None:
    """Their text is run as it was said, with nothing to report; a pin is no exception, and others are served."""
    for book in (
        book_of(rewrite(), policies=(policy("block", user="u1"),)),
        book_of(policies=(pin(), policy("block", user="u1"))),
    ):
        assert decide(book) == Decided("next")
        assert decide(book, user="u2")


def test_an_allow_for_all_does_not_overrule_who_opted_out() -> None:
    """Lifting a kill, however late, brings rewrites back to those who want them."""
    book = book_of(rewrite(), policies=(policy("block", 1, user="u1"), policy("kill", 2), policy("allow", 3)))
    assert not decide(book)
    assert decide(book, user="u2")


def test_nobody_lifts_a_kill_for_themselves() -> None:
    """A user's own allow does not reach what is forbidden for all, however late it is."""
    assert not decide(book_of(rewrite(), policies=(policy("kill", 1), policy("allow", 2, user="u1"))))


def test_opting_out_is_taken_back_by_a_tombstone_or_another_order_on_its_key() -> None:
    """The topic's latest word on a key is all that counts."""
    book = book_of(
        rewrite(), policies=(policy("block", user="u1", scope="one"), policy("block", user="u1", scope="two"))
    )
    book.order([("one", None)])
    assert not decide(book)
    book.order([("two", policy("block", user="u2", scope="two"))])
    assert decide(book)
    assert not decide(book, user="u2")


def test_a_key_may_change_from_one_user_to_all_and_back() -> None:
    """Neither reading of the key outlives its record."""
    book = book_of(rewrite(), policies=(policy("block", user="u1", scope="key"),))
    book.order([("key", policy("block", scope="key"))])
    assert not decide(book, user="u2")
    book.order([("key", policy("block", user="u1", scope="key"))])
    assert decide(book, user="u2")
    assert not decide(book)


def test_a_pin_for_one_user_is_counted_and_leaves_what_its_key_held() -> None:
    """It has no meaning, so that nothing may follow from it."""
    book = book_of(rewrite(), policies=(policy("block", user="u1", scope="key"),))
    book.order([("key", pin(user="u1"))])
    assert book.problems == Counter({"personal_pin": 1})
    assert not decide(book)
    assert decide(book, user="u2").text == "Continue!"


def test_a_program_may_keep_a_list_of_its_own() -> None:
    """An utterance marked as opted out is left as it is, in no arm."""
    assert decide(book_of(rewrite()), opted_out=True) == Decided("next")


# -- progress ------------------------------------------------------------------------------------------------------

ONE, TWO = Partition("rewrites", 0), Partition("policy", 0)


def test_a_reader_is_complete_once_every_partition_reached_its_end() -> None:
    """One partition behind is enough not to be ready; the age is that of the oldest question."""
    progress = Progress([ONE, TWO])
    progress.ends(ONE, 3, 10.0)
    progress.ends(TWO, 0, 11.0)
    progress.reached(ONE, 2)
    assert progress.complete_at_s is None
    progress.reached(ONE, 3)
    assert progress.complete_at_s == 10.0


def test_a_stream_that_never_rests_can_be_complete() -> None:
    """A newer end does not move the goal of an open question."""
    progress = Progress([ONE])
    progress.ends(ONE, 3, 10.0)
    progress.ends(ONE, 9, 11.0)
    progress.reached(ONE, 4)
    assert progress.complete_at_s == 10.0


def test_an_end_before_what_was_read_is_another_topic() -> None:
    """A topic that was made anew is told."""
    progress = Progress([ONE])
    progress.reached(ONE, 5)
    progress.asking()
    assert progress.ends(ONE, 5, 10.0)
    assert not progress.ends(ONE, 4, 11.0)


def test_what_is_read_while_an_answer_is_on_its_way_makes_no_other_topic() -> None:
    """The end is that of the moment of asking; reading everything again for that would hold an order back."""
    progress = Progress([ONE])
    progress.reached(ONE, 5)
    progress.asking()
    progress.reached(ONE, 6)
    assert progress.ends(ONE, 5, 10.0)
    assert progress.complete_at_s == 10.0
