"""The page about a trained model as a file: the same each time, complete, and without texts where none may be."""

from pathlib import Path

from streams.rephrasing.report import write_report
from streams.rephrasing.report.page import page
from tests.models.recipes.made import examples, one_measured, result


def test_the_same_result_gives_the_same_file(tmp_path: Path) -> None:
    """Nothing of the page depends on when it was made."""
    for name in ("a", "b"):
        write_report(result(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_each_kind_of_pairs_has_its_section() -> None:
    """Bundled and own pairs side by side, each with the other model's numbers in its tables."""
    text = page(result(one_measured(), one_measured("own")))
    for wanted in ('id="bundled"', 'id="own"', "figure-order-bundled", "figure-locales-own", "other-1"):
        assert wanted in text


def test_own_texts_come_with_a_sentence_that_says_so() -> None:
    """Who opens the page learns that it shows what users said, and how to leave that out."""
    assert "your own users" in page(result(one_measured("own")))
    assert "your own users" not in page(result(one_measured()))


def test_no_text_is_shown_where_none_was_kept() -> None:
    """Without texts there is no card, and the gallery says why."""
    text = page(result(one_measured("own", texts=False)))
    assert "texts were left out" in text
    assert "second 1" not in text


def test_parts_without_pairs_are_left_out() -> None:
    """Pairs of one locale and one corpus need no plot that compares them."""
    english = [pair for pair in examples() if pair.locale == "en-US"]
    text = page(result(one_measured(pairs=english)))
    assert "figure-locales-bundled" not in text
    assert "All pairs are of one language." in text
