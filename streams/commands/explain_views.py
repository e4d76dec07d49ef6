"""What a console tells of a text, in the terminal. Knows views, not where they come from."""

from collections.abc import Callable, Iterator
from typing import Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from schemas.records import DecidedBy
from streams.console.views import CandidateView, ChainView, DecisionView, ExplanationView
from streams.tables import table
from streams.wording import (
    at_state,
    evidence_sentences,
    minute,
    odds,
    people,
    printable,
    quoted,
    share_words,
    stage_words,
)

STEPS_SHOWN_MAX: Final = 8
"""Rows of the table of next steps: the rest are single events."""

CANDIDATES_SHOWN_MAX: Final = 3
"""Candidates shown in full: what is served or closest to it."""


Latest = Callable[[str], DecisionView | None]
"""Finds the latest decision about a pair by its id."""


def show(console: Console, explanation: ExplanationView, latest: Latest) -> None:
    """Print everything that may be told about one text at one question."""
    console.print(Text(f"{quoted(explanation.source)} {at_state(explanation.state)}", style="bold"))
    console.print(indented(Text(f"tenant {printable(explanation.tenant)}, locale {explanation.locale}")))
    console.print(indented(Text(" ".join(explanation.words))))
    console.print(indented(_steps(explanation.chain)))
    if not explanation.candidates:
        console.print(indented(Text("No candidate: nobody was seen to repair it into something that worked.")))
    for candidate in explanation.candidates[:CANDIDATES_SHOWN_MAX]:
        for part in (*_candidate(candidate), *decided_words(latest(candidate.rewrite_id))):
            console.print(indented(part))
    if others := explanation.candidates[CANDIDATES_SHOWN_MAX:]:
        texts = ", ".join(map(_named, others))
        console.print(indented(Text(f"Fewer people repaired it to {texts}.")))


def indented(part: RenderableType) -> Padding:
    """Return a part of an explanation, set in below what it is about."""
    return Padding(part, (0, 0, 0, 2))


def _named(candidate: CandidateView) -> str:
    text = candidate.target or candidate.meaning
    return f"pair {candidate.rewrite_id}" if text is None else quoted(text)


def _steps(chain: ChainView) -> RenderableType:
    nodes = {node.id: node for node in chain.nodes}
    rows = []
    for edge in [edge for edge in chain.edges if edge.source == chain.nodes[0].id][:STEPS_SHOWN_MAX]:
        node = nodes[edge.target]
        said = "texts that may not be shown" if node.text is None else quoted(node.text)
        ends_well = "" if node.kind != "text" else share_words(node.success)
        rows.append(
            (f"{edge.share:.0%}", node.kind if node.kind != "text" else f"{said} {at_state(node.state)}", ends_well)
        )
    return table("What came next", ("share", "then", "ends well"), rows)


def _candidate(candidate: CandidateView) -> Iterator[RenderableType]:
    wanted = f"Heard as {_named(candidate)}: {stage_words(candidate.stage)}"
    yield Text(f"{wanted} ({people(candidate.users)} repaired it this way)", style="bold")
    rows = [
        (item.words, odds(item.e_value), odds(item.needed), "yes" if item.passed else "open")
        for item in candidate.questions
    ]
    if rows:
        yield table("One vote a person and day", ("question", "odds", "needed", "answer"), rows)
    if candidate.served is not None:
        yield Text(" ".join(evidence_sentences(candidate.served)))
    for reason in candidate.lacks:
        yield Text(f"Held back: {reason.words}.")
    if candidate.history:
        changes = [(minute(item.at_ms), stage_words(item.to_stage), item.reason.words) for item in candidate.history]
        yield table("History", ("when (UTC)", "became", "because"), changes)


def decided_words(decision: DecisionView | None) -> Iterator[Text]:
    """Say what was decided last about a pair, on which evidence, and because of which record."""
    if decision is None:
        return
    yield Text(" ".join((f"Decided last on {minute(decision.decided_at)} UTC.", *decision.words)))
    places = [f"The record that decided is in {_place(decision.decided_by)}"]
    if decision.place is not None:
        places.append(f"the decision itself in {_place(decision.place)}")
    yield Text(f"{'; '.join(places)}.", style="bold")


def _place(place: DecidedBy) -> str:
    return f"{printable(place.topic)}, partition {place.partition}, offset {place.offset}"
