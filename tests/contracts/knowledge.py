"""What every implementation of ``streams.console.knowledge.Knowledge`` must tell, as tests to inherit.

A test module of an implementation says ``class TestIts(KnowledgeContract)`` and supplies ``knowing``.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from schemas.records import Policy, TurnEvent
from streams.console.knowledge import Knowledge, UnknownError
from streams.console.views import CandidateView, DecisionView
from streams.driver import Driver, Results
from streams.settings import Settings
from tests.building import said

HIDDEN = ("plumbus", "fleeb", "schleem", "dinglebop", "grumbo")
"""Texts that too few people say to be shown; no other word holds one of them."""

SHOWN = ("next", "continue")

FLOOR = Settings(release="floor", users_min=5)


class Lived(NamedTuple):
    """What happened: a driver that has learned, everything it said, and the rewrite that is published."""

    driver: Driver
    results: Results

    @property
    def rewrite_id(self) -> str:
        """The id of the one published rewrite."""
        (rewrite,) = self.driver.live.values()
        return rewrite.rewrite_id


def repaired(people: int, first: str, second: str, *, group: str) -> Iterator[TurnEvent]:
    """Yield the turns of people who say one thing in vain, and then another that works."""
    for number in range(people):
        user, at_s = f"somebody-{group}-{number}", number * 60.0
        yield said(first, at_s, user=user, session=user, status="asked_again", expecting="step")
        yield said(second, at_s + 8, user=user, session=user, expecting="step")


@lru_cache(1)
def lived() -> Lived:
    """Return a service in which one rewrite is published, one pair is blocked, and others are known to few."""
    events = [
        *repaired(30, "next", "continue", group="a"),
        *repaired(4, "plumbus", "continue", group="b"),
        *repaired(4, "next", "fleeb", group="c"),
        *repaired(3, "schleem", "dinglebop", group="d"),
        *repaired(1, "grumbo", "continue", group="e"),
    ]
    driver = Driver(FLOOR)
    results = driver.feed(sorted(events, key=lambda event: event.occurred_at))
    orders = [
        Policy("block-plumbus", "block", 5, "demo", "en-US", source="plumbus", issued_by="alice", note="odd"),
        Policy("opt-out", "block", 6, "demo", user="somebody-a-1", issued_by="bob"),
    ]
    results.extend(driver.order(orders))
    results.extend(driver.finish())
    return Lived(driver, results)


def said_of(knowledge: Knowledge, *texts: str) -> str:
    """Return everything that knowledge tells, as the JSON that would leave."""
    parts: list[object] = [
        knowledge.overview(),
        knowledge.rewrites(),
        knowledge.candidates(),
        knowledge.decisions(),
        knowledge.orders(),
        knowledge.rejected(),
    ]
    parts += [knowledge.pair(item.rewrite_id) for item in knowledge.decisions().items]
    for text in texts:
        try:
            parts += knowledge.explain(text)
        except UnknownError:
            parts.append("unknown")
    return msgspec.json.encode(parts).decode()


class KnowledgeContract:
    """The suite. A subclass supplies ``knowing``."""

    def knowing(self, lived: Lived, folder: Path) -> AbstractContextManager[Knowledge]:
        """Return knowledge of what happened; ``folder`` is empty and for its use."""
        raise NotImplementedError

    @pytest.fixture
    def lived(self) -> Lived:
        """Give what happened."""
        return lived()

    @pytest.fixture
    def knowledge(self, lived: Lived, tmp_path: Path) -> Iterator[Knowledge]:
        """Give knowledge of it."""
        with self.knowing(lived, tmp_path) as knowledge:
            yield knowledge

    def test_the_overview_counts_what_is_live_and_what_is_not(self, knowledge: Knowledge) -> None:
        """By stage; what was published in the latest day, and nothing was withdrawn."""
        seen = knowledge.overview()
        assert seen.healthy
        assert seen.live == {"trial": 1}
        assert sum(seen.candidates.values()) == knowledge.candidates().total
        assert (seen.published, seen.withdrawn) == (1, 0)
        assert (seen.wins, seen.losses, seen.treated_success) == (0, 0, None)
        assert 0 <= seen.lower <= seen.upper <= 1

    def test_a_rewrite_is_listed_with_its_evidence_in_words(self, knowledge: Knowledge) -> None:
        """Source, target, stage, and sentences that name both."""
        (rewrite,) = knowledge.rewrites().items
        assert (rewrite.state, rewrite.source, rewrite.target, rewrite.stage) == ("step", "next", "continue", "trial")
        assert rewrite.evidence.users >= 5
        assert "“next” as “continue” when asked “step”" in rewrite.words[0]
        assert rewrite.forbidden_by == ""

    @pytest.mark.parametrize(("search", "found"), [("CONT", 1), ("nex", 1), ("other", 0), ("", 1)])
    def test_rewrites_are_found_by_part_of_a_text(self, knowledge: Knowledge, search: str, found: int) -> None:
        """Whatever the case."""
        assert knowledge.rewrites(search=search).total == found

    def test_a_page_says_where_the_next_one_begins(self, knowledge: Knowledge) -> None:
        """Parts follow each other without gap or overlap, and the last one has no next."""
        whole = knowledge.candidates()
        first = knowledge.candidates(size=1)
        assert first.items == whole.items[:1]
        assert first.next == 1
        rest = knowledge.candidates(start=1)
        assert (rest.items, rest.next, rest.total) == (whole.items[1:], None, whole.total)

    def test_a_page_is_bounded(self, knowledge: Knowledge) -> None:
        """Whoever asks for a million gets a page, and whoever asks for none gets one item."""
        assert len(knowledge.candidates(size=1_000_000).items) <= 200
        assert len(knowledge.candidates(size=0).items) == 1

    def test_decisions_come_newest_first_and_in_parts(self, knowledge: Knowledge) -> None:
        """Each exactly once."""
        whole = knowledge.decisions()
        times = [decision.decided_at for decision in whole.items]
        assert times == sorted(times, reverse=True)
        seen: list[DecisionView] = []
        before = None
        while True:
            some = knowledge.decisions(before_ms=before, size=1)
            seen += some.items
            before = some.next
            if before is None:
                break
        assert tuple(seen) == whole.items

    def test_decisions_of_one_pair(self, knowledge: Knowledge, lived: Lived) -> None:
        """The whole story of the published one, to the record that tipped it."""
        story = knowledge.decisions(rewrite_id=lived.rewrite_id)
        assert [item.reason.code for item in story.items] == ["evidence_passed", "repaired_by_enough_users"]
        assert story.items[0].decided_by.topic == "trails"
        assert (story.items[0].source, story.items[0].target) == ("next", "continue")

    def test_a_pair_is_found_by_its_id(self, knowledge: Knowledge, lived: Lived) -> None:
        """With its questions, its history, and what it was served with."""
        pair = knowledge.pair(lived.rewrite_id)
        assert (pair.source, pair.target, pair.stage, pair.lacks) == ("next", "continue", "trial", ())
        assert [question.question for question in pair.questions] == ["means", "fails", "works"]
        assert all(question.passed for question in pair.questions)
        assert pair.served is not None
        assert [change.to_stage for change in pair.history] == ["candidate", "trial"]
        with pytest.raises(UnknownError):
            knowledge.pair("0" * 20)

    def test_candidates_say_what_they_lack(self, knowledge: Knowledge) -> None:
        """Each at least one thing, in words."""
        found = knowledge.candidates()
        assert found.items
        assert all(item.lacks and all(reason.words for reason in item.lacks) for item in found.items)
        assert all(item.stage not in {"trial", "promoted", "pinned"} for item in found.items)

    def test_a_text_is_explained_with_the_chain_around_it(self, knowledge: Knowledge) -> None:
        """The text first, where people went, both ends last, and the shares of what leaves a node at most one."""
        (found,) = knowledge.explain(" NEXT ", state="step")
        assert (found.source, found.state, found.usual_meaning) == ("next", "step", "continue")
        assert (found.chain.nodes[0].text, found.chain.nodes[0].level) == ("next", 0)
        assert [node.kind for node in found.chain.nodes[-2:]] == ["success", "failure"]
        names = {node.id for node in found.chain.nodes}
        assert {edge.source for edge in found.chain.edges} | {edge.target for edge in found.chain.edges} <= names
        for name in names:
            assert sum(edge.share for edge in found.chain.edges if edge.source == name) <= 1 + 1e-6

    def test_orders_in_force_tell_who_and_when_but_no_user(self, knowledge: Knowledge) -> None:
        """The newest first; one about a single user says that it is."""
        personal, block = knowledge.orders().items
        assert (block.action, block.issued_by, block.note, block.about_one_user) == ("block", "alice", "odd", False)
        assert (personal.about_one_user, personal.issued_by) == (True, "bob")

    @pytest.mark.parametrize("text", [*HIDDEN, "nobody ever said this"])
    def test_a_text_below_the_floor_is_as_unknown_as_one_nobody_said(self, knowledge: Knowledge, text: str) -> None:
        """The very same sentence, so that nobody can ask whether it was said."""
        told = []
        for asked in (text, "abracadabra"):
            with pytest.raises(UnknownError) as caught:
                knowledge.explain(asked, state="step")
            told.append(str(caught.value).replace(asked, "TEXT"))
        assert told[0] == told[1]

    def test_no_view_holds_a_text_that_is_not_released(self, knowledge: Knowledge) -> None:
        """Neither in fields nor in sentences: of such a pair its id is all there is."""
        told = said_of(knowledge, *SHOWN, *HIDDEN)
        assert [text for text in HIDDEN if text in told] == []
        assert [text for text in SHOWN if text not in told] == []
        hidden = [item for item in knowledge.candidates().items if item.source is None]
        assert hidden
        assert all(item.rewrite_id and item.meaning is None for item in hidden)

    def test_no_view_holds_a_user_or_a_turn(self, knowledge: Knowledge) -> None:
        """Who said what is nobody's business."""
        assert "somebody-" not in said_of(knowledge, *SHOWN)


def lacking(candidate: CandidateView) -> list[str]:
    """Return the codes of what a pair lacks."""
    return [reason.code for reason in candidate.lacks]


@contextmanager
def as_it_is(knowledge: Knowledge) -> Iterator[Knowledge]:
    """Give knowledge that needs no ending."""
    yield knowledge
