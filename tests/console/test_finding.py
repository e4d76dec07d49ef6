"""What pages show of many decisions, and what an order will do."""

import msgspec
import pytest

from streams.console import finding
from streams.console.confirming import confirmed, proposed
from streams.console.finding import SHOWN
from streams.console.listing import earlier
from streams.console.queries import Query, QueryError
from streams.console.views import DecisionView, Listing, OrderDraft
from tests.console.sample import NOW_MS, SampleKnowledge, decision


class Long(SampleKnowledge):
    """Knows very many decisions, several in each moment."""

    def __init__(self) -> None:
        super().__init__()
        taken = decision(1, self.pairs[3], "promoted", "demoted", "losing")
        kept = decision(1, self.pairs[0], "candidate", "trial", "evidence_passed")
        self.made = [
            msgspec.structs.replace(
                taken if number % 3 else kept, decision_id=str(number), decided_at=NOW_MS - number // 7
            )
            for number in range(700)
        ]

    def decisions(
        self, *, before_ms: int | None = None, size: int = 200, rewrite_id: str = ""
    ) -> Listing[DecisionView]:
        """Return some of them."""
        return earlier(self.made, before_ms, size, rewrite_id)


@pytest.mark.parametrize(("values", "wanted"), [({}, 700), ({"only": "withdrawn"}, 466), ({"reason": "losing"}, 466)])
def test_paging_shows_each_decision_once(values: dict[str, str], wanted: int) -> None:
    """Page after page, whatever is filtered, and though many happened in one moment."""
    knowledge, seen, before = Long(), list[str](), ""
    for _ in range(100):
        given = values | ({"before_ms": before} if before else {})
        listing = finding.decisions(knowledge, Query(given, ("reason", "stage", "only", "before_ms")))["listing"]
        assert len(listing.items) >= SHOWN or listing.next is None
        seen += [one.decision_id for one in listing.items]
        if listing.next is None:
            break
        before = str(listing.next)
    assert len(seen) == len(set(seen)) == wanted


def test_a_pair_is_shown_with_its_own_orders() -> None:
    """Orders about its id or its words, none about others."""
    knowledge = SampleKnowledge()
    knowledge.order(OrderDraft("block", "Ada", "r-next"))
    knowledge.order(
        OrderDraft("pin", "Ada", tenant="demo", locale="en-US", state="step", source="next", target="continue")
    )
    knowledge.order(OrderDraft("pin", "Ada", tenant="demo", locale="en-US", source="next", target="stop"))
    assert [order.action for order in finding.pair(knowledge, "r-next")["orders"]] == ["pin", "block"]
    assert finding.pair(knowledge, "r-rain")["orders"] == ()


def test_a_pin_of_a_pair_names_its_words() -> None:
    """A pin needs tenant, locale, question and both texts; the pair's id is no part of it."""
    proposal = proposed(SampleKnowledge(), query(action="pin", rewrite_id="r-next"))
    draft = confirmed(proposal, {"issued_by": "Ada", "note": " why "})
    assert draft == OrderDraft(
        "pin", "Ada", tenant="demo", locale="en-US", state="step", source="next", target="continue", note="why"
    )
    assert "Everybody is served “next” heard as “continue”, when asked “step”" in proposal.consequences[0]


@pytest.mark.parametrize("action", ["block", "kill", "allow"])
def test_a_pair_whose_texts_are_hidden_can_be_ordered_about(action: str) -> None:
    """By its id alone."""
    proposal = proposed(SampleKnowledge(), query(action=action, rewrite_id="r-hidden"))
    draft = confirmed(proposal, {"issued_by": "Ada", "confirm": "KILL"})
    assert draft == OrderDraft(proposal.draft.action, "Ada", "r-hidden")
    assert "whose texts are not shown" in proposal.subject


def test_an_unknown_action_is_refused() -> None:
    """Only what a person may order here: nobody is erased by a form."""
    for action in ("", "erase", "set", "explode"):
        with pytest.raises(QueryError, match="action: expected one of pin, block, kill, allow"):
            proposed(SampleKnowledge(), query(action=action))


def query(**values: str) -> Query:
    """Return the parameters of an order's form."""
    return Query(values, values)
