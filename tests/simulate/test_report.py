"""The report of a closed-loop run as text: what stands in it, and what never may."""

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from streams.simulate.loop_result import Effect, LoopResult, Mistake, Step, Story, Window, Withdrawal
from streams.simulate.report import write_report
from streams.simulate.report.gallery import CARDS_MAX, gallery
from streams.simulate.report.headlines import headlines
from streams.simulate.report.outcomes import outcome
from streams.simulate.report.page import page
from streams.simulate.report.pairs import PAIRS_MAX, curves, share_to_beat
from tests.simulate import loops


class Elements(HTMLParser):
    """All elements of a page, in order, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.found.append((tag, dict(attrs)))


def value(result: LoopResult, key: str) -> str:
    """Return one headline's figure."""
    return next(one.value for one in headlines(result) if one.key == key)


def changed(**fields: object) -> LoopResult:
    """Return the empty run with other fields."""
    return msgspec.structs.replace(loops.empty(), **fields)


def story(*stages: str, **fields: object) -> Story:
    """Return a pair that went through stages, one a day."""
    steps = tuple(
        Step(loops.START_MS + day * loops.DAY_MS, before, after, f"because_{after}")  # type: ignore[arg-type]
        for day, (before, after) in enumerate(pairwise(("none", *stages)))
    )
    plain = Story(
        rewrite_id="feedbeefcafe", state="", source="nect", target="next", domain="music", faults=(), trap="", drift="",
        wrong_from_ms=None, steps=steps, curve=(),
    )  # fmt: skip
    return msgspec.structs.replace(plain, **fields)


def withdrawal(outcomes: int, *, ended: bool = True) -> Withdrawal:
    """Return a pair that broke, with the outcomes it had from then on."""
    return Withdrawal("feedbeefcafe", "broken", loops.START_MS, loops.START_MS if ended else None, outcomes, "")


def test_right_to_wrong_adds_up_the_windows() -> None:
    """Promotions of all windows are counted, right ones to wrong ones."""
    windows = (Window(0, 29, 12, 1, 0, 0), Window(30, 59, 8, 0, 0, 0))
    assert value(changed(windows=windows), "right_to_wrong") == "20 : 1"


def test_windows_that_overlap_are_refused() -> None:
    """A promotion that would be counted twice is no figure, and the error names the days."""
    windows = (Window(0, 29, 12, 1, 0, 0), Window(29, 58, 8, 0, 0, 0))
    with pytest.raises(ValueError, match="windows: days 0 to 29 and 29 to 58 overlap"):
        headlines(changed(windows=windows))


def test_a_pair_promoted_twice_is_one_rewrite() -> None:
    """Headlines count different rewrites, however often each came and went."""
    again = story("candidate", "trial", "promoted", "demoted", "trial", "promoted")
    result = changed(stories=(again, story("candidate")))
    assert (value(result, "promoted"), value(result, "taken_back")) == ("1", "1")


def test_the_reduction_is_that_of_all_domains() -> None:
    """The figure on top is not the one of a single domain, and its interval stands beside it."""
    effects = (Effect("music", 9, 1, 9, 9, 0.9, 0.1, 0.95), Effect("", 99, 40, 99, 80, 0.5, 0.314, 0.62))
    headline = next(one for one in headlines(changed(effects=effects)) if one.key == "reduction")
    assert headline.value == "50.0\u00a0%"
    assert "31.4\u00a0% to 62.0\u00a0%" in headline.meaning


def test_more_defects_are_called_more() -> None:
    """A harm is not shown as a negative gain."""
    effects = (Effect("", 99, 80, 99, 40, -0.25, -0.5, 0.1),)
    headline = next(one for one in headlines(changed(effects=effects)) if one.key == "reduction")
    assert (headline.value, headline.label) == ("25.0\u00a0%", "more defects on rewritten turns")


def test_what_is_still_served_is_no_withdrawal() -> None:
    """The median is over promoted rewrites that were taken back; what is left is said, and trials are not counted."""
    on_trial = msgspec.structs.replace(withdrawal(1), stage="trial")
    withdrawals = (withdrawal(10), withdrawal(20), withdrawal(30), withdrawal(999, ended=False), on_trial, on_trial)
    headline = next(one for one in headlines(changed(withdrawals=withdrawals)) if one.key == "withdrawal")
    assert headline.value == "20"
    assert "1 was still served at the end" in headline.meaning


def test_no_figure_mixes_sight_and_truth() -> None:
    """What the product could see itself is exactly what needs no truth."""
    assert {one.key for one in headlines(loops.full()) if one.seen} == {"promoted", "reduction", "taken_back"}


@pytest.mark.parametrize(
    ("stages", "became"),
    [
        ((), "refused"),
        (("candidate", "shadow"), "refused"),
        (("candidate", "trial"), "trial"),
        (("candidate", "trial", "promoted"), "promoted"),
        (("candidate", "trial", "promoted", "demoted"), "withdrawn"),
        (("candidate", "trial", "demoted", "candidate"), "withdrawn"),
        (("pinned",), "promoted"),
        (("blocked",), "refused"),
    ],
)
def test_an_outcome_is_where_a_pair_ended(stages: tuple[str, ...], became: str) -> None:
    """What was served and is no longer was taken back, whatever it is now."""
    assert outcome(story(*stages)) == became


def test_unreleased_texts_stand_nowhere() -> None:
    """A pair whose texts may not be shown appears by its id alone, in cards, headings and plots."""
    result = loops.full()
    secret = [
        msgspec.structs.replace(one, source="unreleased source", target="unreleased target", state="unreleased state")
        for one in result.stories
        if not one.example
    ]
    text = page(msgspec.structs.replace(result, stories=(*secret, *(one for one in result.stories if one.example))))
    assert secret[0].rewrite_id[:8] in text
    assert "unreleased" not in text


def test_reasons_are_said_in_the_words_given() -> None:
    """A known code is put into words; an unknown one has its underscores opened up."""
    cards = gallery(changed(stories=(story("candidate", "trial"),)), {"because_trial": "it proved itself"}).cards
    assert [event.reason for event in cards[0].events] == ["because candidate", "it proved itself"]


def test_the_gallery_is_bounded_and_says_so() -> None:
    """Of many pairs of one outcome some have a card, mistakes first, and the others are counted."""
    stories = tuple(story("trial", rewrite_id=f"{place:016x}") for place in range(CARDS_MAX + 5))
    wrong = story("trial", rewrite_id="ffffffffffffffff", faults=("wrong_meaning",))
    mistake = Mistake(
        "promoted", wrong.rewrite_id, "", "nect", "next", loops.START_MS, wrong.faults, "", "beat_hold_out"
    )
    shown = gallery(changed(stories=(*stories, wrong), mistakes=(mistake,)), {})
    assert (len(shown.cards), shown.left_out) == (CARDS_MAX, 6)
    assert "wrong" in shown.cards[0].marks


def test_refusing_a_trap_is_well_done() -> None:
    """A wrong pair that was refused is a success, one that is served a mistake, one that was missed none."""
    wrong = {"faults": ("mixed_meaning",), "trap": "mixed"}
    stories = (story("candidate", **wrong), story("trial", **wrong), story("candidate"), story("trial"))
    cards = [gallery(changed(stories=(one,)), {}).cards[0] for one in stories]
    assert [card.well_done for card in cards] == [True, False, False, True]


def test_curves_keep_places_for_what_was_taken_back() -> None:
    """However much evidence others have, withdrawals are among the rewrites drawn."""
    result = loops.full()
    drawn = curves(result)
    assert len(drawn) == PAIRS_MAX
    assert sum(outcome(pair.story) == "withdrawn" for pair in drawn) >= PAIRS_MAX // 2


@pytest.mark.parametrize(("setting", "share"), [("3.0", 0.75), ("1", 0.5), ("often", None), (None, None)])
def test_the_share_to_beat_follows_from_the_settings(setting: str | None, share: float | None) -> None:
    """A win/loss of R is a win share of R/(1+R); without a number no line is drawn."""
    settings = {} if setting is None else {"win_loss_min": setting}
    assert share_to_beat(changed(settings=settings)) == share


def test_the_page_refers_to_nothing_outside_itself() -> None:
    """No element loads anything: every address is a place on the page."""
    elements = Elements(page(loops.full())).found
    addresses = [
        attributes[name] for _, attributes in elements for name in ("src", "href", "action") if name in attributes
    ]
    assert addresses
    assert [address for address in addresses if not (address or "").startswith("#")] == []


def test_no_text_makes_an_element() -> None:
    """With texts full of markup the page has the same elements as with plain ones."""
    hostile = "</script><img src=x onerror=alert(1)><!--<script>' \" ]]> {{ 7 * 7 }} \ud800"
    plain, marked = (page(loops.with_text(loops.full(), text)) for text in ("plain", hostile))
    names = [[(tag, attributes.get("id")) for tag, attributes in Elements(text).found] for text in (plain, marked)]
    assert names[0] == names[1]
    assert hostile not in marked


def test_figures_are_whole_json() -> None:
    """Each plot's data can be read back, hostile texts and all."""
    text = page(loops.with_text(loops.full(), "</script><b>\u2028"))
    figures = re.findall(r'<script type="application/json" id="figure-\w+">(.*?)</script>', text)
    assert len(figures) == 13
    assert all(json.loads(figure)["data"] for figure in figures)


def test_every_id_is_given_once() -> None:
    """Headings, plots and figures can each be linked to."""
    ids = [attributes["id"] for _, attributes in Elements(page(loops.full())).found if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_same_result_gives_the_same_file(tmp_path: Path) -> None:
    """A report can be compared byte by byte; half a character does not stop it."""
    result = loops.with_text(loops.full(), "half \ud800")
    for name in ("first", "second"):
        write_report(result, tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_an_empty_run_says_so_in_words() -> None:
    """Where nothing happened there is no plot, and no figure but zeros and dashes."""
    text = page(loops.empty())
    assert "data-figure=" not in text.split("<script>")[0]
    assert {one.value for one in headlines(loops.empty())} == {"0", "–"}
