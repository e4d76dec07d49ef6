"""Makes windows of turns from real requests, for training and for measuring. Knows the corpora, no model.

A window is a source turn and up to four that followed: at most one of them corrects the source, others are requests of
the same person that have nothing to do with it, or correct one another. What of it is known differs from window to
window, as it does between platforms: some keep no replies, some no times, some only the reply's words and some only
its outcome.

Pairs made of windows (:func:`models.pairs.examples_of`) hold fewer corrections than consecutive commands do, since
later turns are pairs as well.
"""

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Final, NamedTuple

from models.corpora import circumstances as happened
from models.corpora import replies
from models.corpora.circumstances import Relation
from models.corpora.drawing import Draw, Scene, words_of
from models.corpora.next_requests import unrelated_to
from models.corpora.parts import Part, checked
from models.corpora.requests import owner_of, pool
from models.corpora.scenes import scene as scene_of
from models.pairs import Window, WindowTurn
from streams.text import normalise

ENGLISH: Final = 0.70
"""Share of windows in English; the others by the number of requests in their language; chosen."""

REQUESTS_MIN: Final = 2
"""Requests of a locale below which there is nothing unrelated to ask."""

DISTRACTED: Final = 0.08
"""Share of corrections with another request in between; chosen."""

OTHER_CORRECTION: Final = 0.2
"""Share of new requests that are corrected by the turn after them, where there is one; chosen."""

ECHOES: Final = 0.45
RESULTS: Final = 0.20
"""Shares of executed turns whose reply names words of the request, or gives a result; the others just acknowledge."""

TAILS: Final = 0.25
"""Share of replies with a remark after them that says nothing about the outcome; chosen."""

OTHER_QUESTION_AFTER_ASKING: Final = 0.7
"""Share of answers to the assistant's question that are known to answer one; chosen."""


class Staged(NamedTuple):
    """A window with what it was made of.

    Attributes:
        kind: of its scene.
        relation: of its source and the turn that corrects it, if one does.
        failed: its source failed and was told so.
        terse: the assistant's replies never name what was understood.
        window: as a model sees it.
    """

    kind: str
    relation: Relation
    failed: bool
    terse: bool
    window: Window


class _Course(NamedTuple):
    """What is said after a source, with the place of the correction, -1 for none."""

    how: Relation
    said: tuple[str, ...]
    answer: int


class _Known(NamedTuple):
    """What a platform keeps of its turns."""

    replies: bool
    times: bool
    terse: bool


def windows(seed: int, count: int, part: str = "train") -> list[Window]:
    """Return windows with known answers; the same arguments give the same windows.

    Args:
        seed: of the draw; windows of different seeds are different.
        count: how many.
        part: train, validation or test; no request is in two of them.

    Raises:
        ValueError: there is no such part.
    """
    return [staged.window for staged in staged_windows(seed, count, part)]


def staged_windows(seed: int, count: int, part: str = "train") -> Iterator[Staged]:
    """Yield windows with what they were made of, for measuring where a model errs.

    Raises:
        ValueError: there is no such part.
    """
    known_part = checked(part)
    chance = Random(f"{seed}|{part}")  # noqa: S311 - a sample, not a secret
    made = 0
    while made < count:
        staged = _staged(Draw(chance, known_part, _locale(chance, known_part)))
        if staged is not None and _stays_in(staged.window, known_part):
            made += 1
            yield staged


@cache
def _locales(part: Part) -> dict[str, int]:
    sizes = {locale: len(requests) for locale, requests in pool(part).by_locale.items()}
    return {locale: size for locale, size in sorted(sizes.items()) if locale != "en" and size >= REQUESTS_MIN}


def _locale(chance: Random, part: Part) -> str:
    if chance.random() < ENGLISH:
        return "en"
    sizes = _locales(part)
    return chance.choices(tuple(sizes), tuple(sizes.values()))[0]


def _stays_in(window: Window, part: Part) -> bool:
    """Return whether no text, by chance of a mishearing or a rule, is one of another part's."""
    return all(owner_of(turn.said) in {None, part} for turn in (window.source, *window.later))


def _staged(draw: Draw) -> Staged | None:
    how = happened.relation(draw.chance)
    terse = draw.chance.random() < happened.TERSE
    told = happened.TOLD_BY_TERSE if terse else 1.0
    failed = draw.chance.random() < happened.FAILED_BEFORE[how] * told
    scene = _normalised(scene_of(draw, how, failed=failed), draw.locale)
    if scene is None:
        return None
    known = _Known(
        draw.chance.random() >= happened.REPLY_UNKNOWN,
        draw.chance.random() >= happened.PAUSE_UNKNOWN,
        terse,
    )
    source = _turn(draw, scene, known, failed=failed)
    course = _course(draw, scene, how)
    later = tuple(_later_turns(draw, scene, known, course))
    window = Window(source, later, course.answer, draw.locale, scene.request.group, scene.request.corpus)
    return Staged(scene.kind, how, failed, terse, window)


def _normalised(scene: Scene | None, locale: str) -> Scene | None:
    """Return a scene with texts as a model sees them, None where a mishearing left nothing of one, or no difference."""
    if scene is None:
        return None
    first, second = normalise(scene.first, locale), normalise(scene.second, locale)
    if not first or not second or (first == second and scene.kind != "same"):
        return None
    return scene._replace(first=first, second=second)


def _course(draw: Draw, scene: Scene, how: Relation) -> _Course:
    """Return what is said after the source."""
    count = happened.later_turns(draw.chance)
    before = list(scene.between)
    if how != "new" and draw.chance.random() < DISTRACTED:
        before.append(_distractor(draw, scene))
    said = [*filter(None, before), scene.second]
    answer = -1 if how == "new" else len(said) - 1
    if how == "new" and count > 1 and scene.kind == "unrelated" and draw.chance.random() < OTHER_CORRECTION:
        said = _other_correction(draw, scene) or said
    said += [_distractor(draw, scene) for _ in range(count - len(said))]
    return _Course(how, tuple(filter(None, said)), answer)


def _distractor(draw: Draw, scene: Scene) -> str:
    return normalise(unrelated_to(draw, scene.request.intent) or "", draw.locale)


def _other_correction(draw: Draw, scene: Scene) -> list[str] | None:
    """Return two turns of which the second corrects the first, and none the source."""
    other = _normalised(scene_of(draw, "reworded", failed=True), draw.locale)
    if other is None or other.request.intent == scene.request.intent:
        return None
    return [other.first, other.second]


def _later_turns(draw: Draw, scene: Scene, known: _Known, course: _Course) -> Iterator[WindowTurn]:
    waited_s = 0.0
    for index, text in enumerate(course.said):
        corrects = index == course.answer
        waited_s += happened.pause_s(draw.chance, course.how if index <= course.answer else "new")
        fails = happened.CORRECTED_ANSWER_FAILS if corrects else happened.FAILED_BEFORE["new"]
        told = _turn(draw, Scene("", scene.request, text, ""), known, failed=draw.chance.random() < fails)
        yield WindowTurn(
            text,
            told.reply,
            told.failed,
            gap_s=round(waited_s, 1) if known.times else 0.0,
            same_question=not _other_question(draw, scene, index, corrects=corrects),
            barge_in=draw.chance.random() < happened.INTERRUPTS[corrects],
        )


def _other_question(draw: Draw, scene: Scene, index: int, *, corrects: bool) -> bool:
    share = OTHER_QUESTION_AFTER_ASKING if scene.asked and index == 0 else happened.OTHER_QUESTION[corrects]
    return draw.chance.random() < share


def _turn(draw: Draw, scene: Scene, known: _Known, *, failed: bool) -> WindowTurn:
    """Return the first turn of a scene with what is known of how it ended."""
    value = scene.value or words_of(draw.chance, scene.first)
    if not failed:
        reply = (
            replies.done(draw.chance, draw.locale) if known.terse and not scene.asked else _executed(draw, scene, value)
        )
        reply = _with_tail(draw, reply)
        return WindowTurn(scene.first, reply if known.replies else "")
    if draw.chance.random() < happened.OUTCOME_UNKNOWN:
        return WindowTurn(scene.first)
    apologises = draw.chance.random() < happened.APOLOGISES
    reply = _with_tail(draw, _failed(draw, scene, value, apologises=apologises)) if known.replies else ""
    marked = not (reply and apologises and draw.chance.random() < happened.FLAG_UNKNOWN)
    return WindowTurn(scene.first, reply, marked)


def _with_tail(draw: Draw, reply: str) -> str:
    return replies.with_tail(draw.chance, draw.locale, reply) if draw.chance.random() < TAILS else reply


def _failed(draw: Draw, scene: Scene, value: str, *, apologises: bool) -> str:
    if apologises:
        return replies.apology(draw.chance, draw.locale, scene.first, value)
    return scene.refusal or replies.refusal(draw.chance, draw.locale, scene.first, value)


def _executed(draw: Draw, scene: Scene, value: str) -> str:
    if scene.reply:
        return scene.reply
    place = draw.chance.random()
    if place < ECHOES:
        return replies.echo(draw.chance, draw.locale, scene.first, value)
    scenario = scene.request.intent.split(".")[0]
    if place < ECHOES + RESULTS and draw.locale == "en" and scenario in replies.BY_SCENARIO:
        return replies.result(draw.chance, scenario)
    return replies.done(draw.chance, draw.locale)
