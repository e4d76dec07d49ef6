"""``reprise explain``: why a rewrite is, or is not, served, in plain words. Knows no rule of learning."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, RenderableType
from rich.text import Text

from streams.commands.asking import TOKEN_FILE, ask_console, ask_latest_decision, is_address
from streams.commands.explain_views import CANDIDATES_SHOWN_MAX, STEPS_SHOWN_MAX, Latest, decided_words, indented
from streams.commands.explain_views import show as show_view
from streams.commands.usage import UnusableError, screen
from streams.console.folder_knowledge import FolderError, latest_decisions, load_driver
from streams.driver import Driver
from streams.learn.explain import Candidate, Explanation, explain_heard
from streams.learn.trial import Standing
from streams.tables import table
from streams.wording import (
    at_state,
    counted,
    minute,
    odds,
    people,
    printable,
    question_words,
    quoted,
    reason_words,
    short,
    stage_words,
)

Source = Annotated[str, typer.Argument(metavar="SOURCE", help="What was said.")]
FROM_HELP = "The folder a replay wrote to, or the address of a worker's console."
TOKEN_HELP = f"File with the console's token; without it what {TOKEN_FILE} names."
From = Annotated[str, typer.Option("--from", metavar="DIR|URL", help=FROM_HELP)]
TokenFile = Annotated[str, typer.Option("--token-file", metavar="FILE", help=TOKEN_HELP, show_default=False)]
Expecting = Annotated[
    str | None, typer.Option("--expecting", metavar="QUESTION", help="Only at this open question; '' for none.")
]
OfTenant = Annotated[str | None, typer.Option("--tenant", metavar="TENANT", help="Only this tenant.")]
OfLocale = Annotated[str | None, typer.Option("--locale", metavar="LOCALE", help="Only this locale.")]


def explain(
    source: Source,
    folder: From,
    expecting: Expecting = None,
    tenant: OfTenant = None,
    locale: OfLocale = None,
    token_file: TokenFile = "",
) -> None:
    """Say why a text is, or is not, rewritten.

    Shows where people went after saying it, each meaning it could be heard as, the three questions each must pass
    with their evidence, what holds it back, what the privacy rule knows, the history of decisions, and the record that
    decided last. A console tells only of texts that the privacy rule lets out.

    [bold]Examples[/bold]

    reprise explain "next" --expecting step --from out/demo/calls

    reprise explain "next" --from http://127.0.0.1:8080
    """
    if is_address(folder):
        asked = ask_console(folder, source, state=expecting, tenant=tenant, locale=locale, token_file=token_file)
        for view in asked:
            show_view(screen(), view, lambda pair: ask_latest_decision(folder, pair, token_file=token_file))
        return
    driver = load_state(Path(folder))
    rows = driver.rows["learn"]
    found = list(explain_heard(rows, driver.settings, source, state=expecting, tenant=tenant, locale=locale))
    if not found:
        raise UnusableError(_unknown(driver, source, expecting))
    console, latest = screen(), latest_decisions(Path(folder))
    for explanation in found:
        show(console, explanation, latest.get)


def load_state(folder: Path) -> Driver:
    """Load what a replay saved, given its folder or the state folder in it.

    Raises:
        UnusableError: there is no state, or not one that this version can read.
    """
    try:
        return load_driver(folder)
    except FolderError as error:
        raise UnusableError(str(error)) from None


def _unknown(driver: Driver, source: str, state: str | None) -> str:
    """Say that a text was never heard, with the nearest one that was."""
    rows = driver.rows["learn"]
    known = {key.rsplit("\x1f", 1)[1] for key, _ in rows.scan("text|")}
    near = difflib.get_close_matches(source.lower(), sorted(known), n=1)
    place = "" if state is None else f" {at_state(state)}"
    if near and near[0] != source.lower():
        return f"nobody said {quoted(source)}{place}; did you mean {quoted(near[0])}?"
    return f"nobody said {quoted(source)}{place}; leave --expecting, --tenant and --locale out to look everywhere"


# -- showing -----------------------------------------------------------------------------------------------------------


def show(console: Console, explanation: Explanation, latest: Latest) -> None:
    """Print everything known about one text at one state."""
    source, state = explanation.source, explanation.state
    console.print(Text(f"{quoted(source)} {at_state(state)}", style="bold"))
    console.print(indented(Text(f"tenant {printable(explanation.tenant)}, locale {explanation.locale}")))
    console.print(indented(Text(_standing(explanation))))
    console.print(indented(_steps_table(explanation)))
    if not explanation.candidates:
        console.print(indented(Text("No candidate: nobody was seen to repair it into something that worked.")))
    ranked = sorted(explanation.candidates, key=lambda candidate: (candidate.live is None, -candidate.users))
    for candidate in ranked[:CANDIDATES_SHOWN_MAX]:
        for part in (*_candidate(candidate), *decided_words(latest(candidate.rewrite_id))):
            console.print(indented(part))
    if others := ranked[CANDIDATES_SHOWN_MAX:]:
        texts = ", ".join(quoted(candidate.target or candidate.meaning) for candidate in others)
        console.print(indented(Text(f"Fewer people repaired it to {texts}.")))


def _standing(explanation: Explanation) -> str:
    days = explanation.accepted + explanation.failed
    failed = f"It failed on {short(explanation.failed)} of {short(days)} person-days" if days else "How it ends is open"
    usual = explanation.usual_meaning
    means = f"usually meant {quoted(usual)}" if usual else "has no usual meaning yet"
    return f"{people(explanation.users)} said it somewhere; it {means}. {failed}."


def _steps_table(explanation: Explanation) -> RenderableType:
    rows = [
        (f"{step.share:.0%}", step.end or f"{quoted(step.said)} {at_state(step.state)}")
        for step in explanation.steps[:STEPS_SHOWN_MAX]
    ]
    return table("What came next", ("share", "then"), rows)


def _candidate(candidate: Candidate) -> Iterator[RenderableType]:
    wanted = f"Heard as {quoted(candidate.target or candidate.meaning)}: {stage_words(candidate.stage)}"
    yield Text(f"{wanted} ({people(candidate.users)} repaired it this way)", style="bold")
    if candidate.questions:
        yield questions_table(candidate)
    if candidate.absorption is not None:
        yield Text(
            f"{candidate.absorption:.0%} of the attempts that began with it and succeeded ended in this meaning."
        )
    if candidate.served is not None:
        yield served_table(candidate.served)
        yield Text(served_words(candidate.served, candidate.needed_to_promote))
    for reason in candidate.held_by:
        yield Text(f"Held back: {reason_words(reason)}.")
    yield Text(_privacy_words(candidate))
    if candidate.history:
        rows = [
            (minute(change.at_ms), stage_words(change.to_stage), reason_words(change.reason))
            for change in candidate.history
        ]
        yield table("History", ("when (UTC)", "became", "because"), rows)


def questions_table(candidate: Candidate) -> RenderableType:
    """Lay out the three questions about one candidate: votes, the share to beat, and the odds against chance."""
    target = candidate.target or candidate.meaning
    rows = [
        (
            question_words(question, target),
            round(question.wins),
            round(question.losses),
            f"{question.p0:.0%}",
            odds(question.e_value),
            odds(needed),
            "yes" if question.e_value >= needed else "open",
        )
        for question, needed in zip(candidate.questions, candidate.needed, strict=True)
    ]
    title = "One vote a person and day"
    return table(title, ("question", "for", "against", "beat", "odds", "needed", "answer"), rows)


def served_table(served: Standing) -> RenderableType:
    """Lay out how a live rewrite fares: outcomes and success of those it was served to, and of those held out."""
    arms = [
        ("served", short(served.treated), _share(served.treated_success)),
        ("held back", short(served.held_out), _share(served.held_out_success)),
    ]
    return table("Since it was published like this", ("people were", "outcomes", "success"), arms)


def served_words(served: Standing, needed: float) -> str:
    """Say how the two tests stand that decide a trial."""
    pairs, alone = served.pairs, served.alone
    record = f"won {short(pairs.wins)} and lost {short(pairs.losses)}"
    return (
        f"Of pairs served and held back it {record}: {odds(pairs.e_value)} for more than {pairs.p0:.0%}. "
        f"Served it does better than {alone.p0:.0%}: {odds(alone.e_value)}. "
        f"A trial is won when both reach {short(needed)}:1."
    )


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _privacy_words(candidate: Candidate) -> str:
    privacy = candidate.privacy
    said = (
        f"Privacy: {people(privacy.users_source)} said it, {counted(privacy.users_target)} said what it would become, "
        f"{counted(privacy.users_meaning)} showed this meaning"
    )
    rule = f"release={privacy.release}" + (f", at least {privacy.users_min}" if privacy.release != "private" else "")
    return f"{said} ({rule}): {'not yet' if privacy.holds else 'both texts may be shown'}."
