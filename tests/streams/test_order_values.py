"""Orders as records: what shares a scope, which order decides, and what makes no sense."""

from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.records import Policy, PolicyAction
from streams.learn.obeying import SETTABLE
from streams.learn.settings import LearnSettings
from streams.order_values import OrderError, dated, prepared, scope_of
from streams.orders import Live, Orders, Place
from streams.text import normalise

PAIR = {"tenant": "demo", "locale": "en-US", "source": "next", "target": "continue"}
ABOUT_REWRITES = ("kill", "block", "allow")

TEXTS = st.sampled_from(["", "a", "b", "a b", "a=b", "a&b=c", "%61", "\u00e9", "x" * 300])
WORDS = st.sampled_from(["", "next", "go on", "weiter", "weiter " * 60])


def order(action: PolicyAction = "block", **fields: Any) -> Policy:
    """Return an order as it may be sent."""
    return prepared(draft(action, **fields), everything=True)


def draft(action: PolicyAction = "block", **fields: Any) -> Policy:
    """Return an order as somebody asked for it."""
    return Policy(**{"scope": "", "action": action, "issued_at": 0} | fields)


def about(words: st.SearchStrategy[str] = WORDS) -> st.SearchStrategy[dict[str, str]]:
    """Draw what an order may be about."""
    locales = st.sampled_from(["", "en-US", "de-DE"])
    fields = {"tenant": TEXTS, "locale": locales, "state": TEXTS, "source": words, "target": words, "user": TEXTS}
    short = {name: kind.filter(lambda text: len(text) <= 256) for name, kind in fields.items() if kind is TEXTS}
    return st.fixed_dictionaries(fields | short)


@given(about(), st.sampled_from(["block", "allow"]), st.sampled_from(["block", "allow"]))
def test_orders_about_the_same_thing_share_a_scope(
    fields: dict[str, Any], action: PolicyAction, later: PolicyAction
) -> None:
    """Neither what is ordered nor when, by whom and why is part of a scope."""
    assert order(action, **fields).scope == order(later, **fields, issued_at=5, note="why", issued_by="me").scope


@given(about(), about())
def test_orders_about_different_things_have_different_scopes(first: dict[str, Any], second: dict[str, Any]) -> None:
    """No two sets of fields give one scope, whatever signs they hold."""
    assert (order(**first).scope == order(**second).scope) == (first == second)


@given(st.text(max_size=30), st.sampled_from(["en-US", "tr-TR", "de-DE"]))
def test_a_text_has_one_scope_however_it_is_written(text: str, locale: str) -> None:
    """Where the locale is known texts are compared as the learner compares them."""
    normal = normalise(text, locale)
    assume(normal)
    written = [Policy("", "block", 0, locale=locale, source=source) for source in (text, normal)]
    assert scope_of(written[0]) == scope_of(written[1])


def test_a_pair_that_is_pinned_and_then_blocked_leaves_one_record() -> None:
    """The domain that a pin notes, and how its target is written, are not what it is about."""
    pin = order("pin", **PAIR | {"target": "Continue!"}, domain="calls")
    assert {order(action, **PAIR).scope for action in ("kill", "block", "allow")} == {pin.scope}
    assert pin.target == "Continue!"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (draft("erase", user="u7"), draft("block", user="u7")),
        (draft("set", setting="alpha", value="0.01", tenant="demo"), draft("block", tenant="demo")),
        (draft("set", setting="alpha", value="0.01", tenant="demo"), draft("set", setting="users_min", value="30")),
        (draft("erase", user="u7"), draft("erase", user="u7", tenant="demo")),
    ],
)
def test_what_is_ordered_about_rewrites_settings_and_people_is_kept_apart(first: Policy, second: Policy) -> None:
    """An order to forget somebody is not replaced by the wish of that person, nor a setting by a block."""
    assert prepared(first, everything=True).scope != prepared(second, everything=True).scope


@given(about())
def test_no_key_tells_a_user(fields: dict[str, str]) -> None:
    """Keys are shown by tools and may be logged."""
    assert "somebody" not in order("block", **fields | {"user": "somebody"}).scope
    assert "somebody" not in order("erase", user="somebody").scope


def test_settings_are_read_in_the_key() -> None:
    """A short scope can be read by people."""
    assert order("set", setting="alpha", value="0.01", tenant="demo").scope == "settings?setting=alpha&tenant=demo"
    assert order("kill").scope == "rewrites"


# -- time --------------------------------------------------------------------------------------------------------------


@given(about(), about(), st.integers(0, 100))
def test_the_order_given_last_decides(first: dict[str, str], second: dict[str, str], behind_ms: int) -> None:
    """However far a clock is behind, a later allow lifts what an earlier block forbids, as far as it goes."""
    block = msgspec.structs.replace(order("block", **first | {"user": ""}), issued_at=1_000)
    allow = dated(order("allow", **second | {"user": ""}), [block], 1_000 - behind_ms)
    live = Live("r1", 1, "calls", "continue", 1.0, None)
    place = Place("a", "en-US", "a b", "next")
    if not Orders([msgspec.structs.replace(allow, action="block")]).forbid(live, place):
        return
    assert not Orders([block, allow]).forbid(live, place)


def test_an_order_about_something_else_does_not_change_the_time() -> None:
    """One order from a clock far ahead does not date all others."""
    ahead = order("block", issued_at=9_000, tenant="other")
    assert dated(order("block", tenant="demo"), [ahead], 1_000).issued_at == 1_000
    assert dated(order("block", locale="en-US"), [ahead], 1_000).issued_at == 9_001


# -- what makes no sense -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        (draft("block"), "", "nothing narrows"),
        (draft("allow"), "", "nothing narrows"),
        (draft("set", setting="alpha", value="0.01"), "", "nothing narrows"),
        (draft("kill", user="u7"), "user", "`block` takes a user"),
        (draft("block", rewrite_id="r1", tenant="demo"), "rewrite_id", "leave tenant out"),
        (draft("block", **PAIR, domain="calls"), "domain", "leave it out"),
        (draft("block", source="!?", locale="en-US"), "source", "expected words"),
        (draft("block", tenant="a|b"), "tenant", "without bars"),
        (draft("block", locale="english!"), "locale", "BCP 47"),
        (draft("block", tenant="demo", note="x" * 1_001), "", "Policy.note"),
        (draft("pin", **PAIR | {"tenant": ""}), "tenant", "a pin needs it"),
        (draft("pin", **PAIR | {"target": "Next!"}), "target", "the same text"),
        (draft("pin", **PAIR, user="u7"), "user", "for everybody"),
        (draft("set", tenant="demo", setting="release", value="floor"), "setting", "expected one of alpha"),
        (draft("set", tenant="demo", setting="alpha", value="2"), "value", "a number above 0"),
        (draft("set", tenant="demo", setting="win_loss_min", value="inf"), "value", "no value of `win_loss_min`"),
        (draft("set", tenant="demo", domain="calls", setting="alpha", value="0.01"), "domain", "leave it out"),
        (draft("erase", tenant="demo"), "user", "pseudonym"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(asked: Policy, field: str, words: str) -> None:
    """The error names the field and what to give instead."""
    with pytest.raises(OrderError) as caught:
        prepared(asked)
    assert caught.value.field == field
    assert words in caught.value.fault


def test_all_rewrites_may_be_meant_if_it_is_said() -> None:
    """A kill of everything is possible, but not by leaving something out."""
    assert Orders([prepared(draft("kill"), everything=True)]).some


@pytest.mark.parametrize("name", sorted(SETTABLE))
def test_every_setting_that_may_be_set_is_one(name: str) -> None:
    """What may be set for a scope is a setting of learning; its own default is a value it takes."""
    value = str(LearnSettings.model_fields[name].default)
    assert order("set", setting=name, value=value, tenant="demo").value == value
