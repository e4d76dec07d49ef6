"""Tests of made windows: shares, labels, parts, and that nothing depends on anything but the seed."""

from collections import Counter
from functools import cache
from statistics import median

import pytest

from models.corpora import circumstances as happened
from models.corpora import corrections, next_requests
from models.corpora.parts import PARTS
from models.corpora.requests import owner_of
from models.corpora.synthesis import ENGLISH, Staged, staged_windows, windows
from models.pairs import LATER_TURNS_MAX
from streams.phrases import admits_failure
from streams.text import normalise

COUNT = 5000


@cache
def made() -> tuple[Staged, ...]:
    """Return many windows of the training part."""
    return tuple(staged_windows(11, COUNT))


def share(staged: list[bool]) -> float:
    """Return how many of several are true."""
    return sum(staged) / len(staged)


def test_the_same_seed_gives_the_same_windows() -> None:
    """Other seeds and other parts give others."""
    assert windows(3, 50) == windows(3, 50)
    assert windows(3, 50) != windows(4, 50)
    assert windows(3, 50) != windows(3, 50, "test")


def test_more_windows_begin_with_the_same() -> None:
    """Asking for more changes none of those before."""
    assert windows(3, 80)[:50] == windows(3, 50)


def test_an_unknown_part_is_refused() -> None:
    """The message names the argument."""
    with pytest.raises(ValueError, match="part: 'all'"):
        windows(1, 1, "all")


def test_corrections_are_the_published_share() -> None:
    """Of consecutive commands 32 % correct the one before, of these 29 % a misrecognition."""
    relations = Counter(staged.relation for staged in made())
    corrected = COUNT - relations["new"]
    assert corrected / COUNT == pytest.approx(happened.CORRECTIONS, abs=0.02)
    assert relations["misheard"] / corrected == pytest.approx(happened.MISHEARD, abs=0.03)


@pytest.mark.parametrize("relation", ["new", "reworded", "misheard"])
def test_firsts_failed_as_often_as_published(relation: happened.Relation) -> None:
    """27 % before new requests, 78 % before rewordings, 91 % before repairs, where replies say what was done."""
    failed = [staged.failed for staged in made() if staged.relation == relation and not staged.terse]
    assert share(failed) == pytest.approx(happened.FAILED_BEFORE[relation], abs=0.04)


@pytest.mark.parametrize("relation", ["new", "reworded", "misheard"])
def test_terse_assistants_admit_fewer_failures(relation: happened.Relation) -> None:
    """Where replies never name what was understood, only the chosen share of failures is told."""
    failed = [staged.failed for staged in made() if staged.relation == relation and staged.terse]
    assert share(failed) == pytest.approx(happened.FAILED_BEFORE[relation] * happened.TOLD_BY_TERSE, abs=0.07)


def test_terse_assistants_name_nothing() -> None:
    """The reply to a request that it took is the same for any request: no word of it is in there."""
    named = [
        set(staged.window.source.said.split()) & set(normalise(staged.window.source.reply, "en").split())
        for staged in made()
        if staged.terse and not staged.failed and staged.window.locale == "en" and staged.kind != "answers"
    ]
    assert share([bool(words) for words in named]) < 0.1


def test_the_same_words_are_as_frequent_as_published() -> None:
    """They are 15 % of corrections, always after a failure, and 4 % of new requests, always after a success.

    So where replies say what was done; the others admit fewer failures.
    """
    open_ones = [staged for staged in made() if not staged.terse]
    same = Counter((staged.relation == "new", staged.failed) for staged in open_ones if staged.kind == "same")
    new = sum(staged.relation == "new" for staged in open_ones)
    assert same[False, True] / (len(open_ones) - new) == pytest.approx(happened.SAME_WORDS, abs=0.03)
    assert same[True, False] / new == pytest.approx(happened.SAME_WORDS_NEW, abs=0.015)
    assert same[False, False] == same[True, True] == 0


@pytest.mark.parametrize("relation", ["new", "reworded", "misheard"])
def test_pauses_have_the_published_median(relation: happened.Relation) -> None:
    """21 s before new requests, 19 s before rewordings, 14.5 s before repairs, where times are known."""
    pauses = [
        staged.window.later[0].gap_s
        for staged in made()
        if staged.relation == relation and staged.window.answer in {-1, 0} and staged.window.later[0].gap_s
    ]
    assert median(pauses) == pytest.approx(happened.PAUSES_S[relation][3], rel=0.15)


def test_languages_have_their_share() -> None:
    """Most windows are English; every other locale with a few requests occurs."""
    locales = Counter(staged.window.locale for staged in made())
    assert locales["en"] / COUNT == pytest.approx(ENGLISH, abs=0.03)
    assert {"de", "hu", "pl", "ru", "fi", "ko", "zh-cn", "he"} <= locales.keys()


def test_what_is_unknown_has_its_share() -> None:
    """Replies and times are left out as often as chosen, whatever the answer."""
    english = [staged.window for staged in made() if staged.window.locale == "en"]
    assert share([not any(turn.gap_s for turn in window.later) for window in english]) == pytest.approx(
        happened.PAUSE_UNKNOWN, abs=0.03
    )
    unknown = [not window.source.reply for window in english]
    assert share(unknown) == pytest.approx(happened.REPLY_UNKNOWN, abs=0.03)


def test_failures_are_told_by_flag_or_words() -> None:
    """Of failed firsts some are told by the reply's words alone, some by the flag alone, few by nothing."""
    told = Counter(
        (staged.window.source.failed, admits_failure(staged.window.source.reply, staged.window.locale))
        for staged in made()
        if staged.failed
    )
    total = sum(told.values())
    assert 0.04 < told[False, True] / total < 0.15
    assert 0.25 < told[True, False] / total < 0.60
    assert told[False, False] / total < 2 * happened.OUTCOME_UNKNOWN


def test_successes_are_never_marked_as_failed() -> None:
    """A first that was executed has no flag; its reply apologises only if done by half, or in words of the request."""
    done = [staged for staged in made() if not staged.failed]
    assert not [staged for staged in done if staged.window.source.failed]
    assert not [
        staged
        for staged in done
        if staged.kind != "partly"
        and admits_failure(staged.window.source.reply, staged.window.locale)
        and not admits_failure(staged.window.source.said, staged.window.locale)
    ]


def test_interruptions_have_their_odds() -> None:
    """A turn interrupts more often where it corrects."""
    barged = {
        corrects: share(
            [
                turn.barge_in
                for staged in made()
                for index, turn in enumerate(staged.window.later)
                if (index == staged.window.answer) == corrects
            ]
        )
        for corrects in (False, True)
    }
    assert barged[False] == pytest.approx(happened.INTERRUPTS[False], abs=0.02)
    assert barged[True] == pytest.approx(happened.INTERRUPTS[True], abs=0.03)


def test_answers_fit_their_kinds() -> None:
    """Kinds of corrections have an answer, kinds of new requests have none, and every kind occurs."""
    right = {staged.kind for staged in made() if staged.window.answer != -1}
    wrong = {staged.kind for staged in made() if staged.window.answer == -1}
    assert right == corrections.MAKERS.keys()
    assert wrong == next_requests.MAKERS.keys()
    assert all((staged.relation == "new") == (staged.window.answer == -1) for staged in made())


def test_windows_hold_one_to_four_later_turns() -> None:
    """The answer is one of them, times only grow, and texts are normalised."""
    for staged in made():
        window = staged.window
        gaps = [turn.gap_s for turn in window.later]
        assert 1 <= len(window.later) <= LATER_TURNS_MAX
        assert window.answer is not None
        assert -1 <= window.answer < len(window.later)
        assert gaps == sorted(gaps)
        for turn in (window.source, *window.later):
            assert turn.said == normalise(turn.said, window.locale) != ""


def test_undone_turns_are_said_again_later() -> None:
    """What takes back lies between, and is no rewording."""
    undone = [staged.window for staged in made() if staged.kind == "undone"]
    assert undone
    assert all(window.answer >= 1 for window in undone if window.answer is not None)


@pytest.mark.parametrize("part", PARTS)
def test_windows_stay_in_their_part(part: str) -> None:
    """No turn says what stands in another part of the corpora."""
    owners = {owner_of(turn.said) for window in windows(5, 400, part) for turn in (window.source, *window.later)}
    assert owners <= {part, None}


def test_groups_are_in_one_part() -> None:
    """A window's group is never in two parts."""
    groups = [{window.group for window in windows(6, 800, part)} for part in PARTS]
    assert set.intersection(groups[0], groups[1] | groups[2]) | (groups[1] & groups[2]) == set()
