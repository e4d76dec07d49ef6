"""The model card and what a student says about itself: data with licences, measures with intervals, limits."""

import pytest

from models.corpora import synthesis
from models.recipes import finishing
from models.recipes.card import card
from models.recipes.data import pairs_of
from tests.models.recipes.made import examples, one_measured, result


def test_every_corpus_of_the_windows_has_a_licence() -> None:
    """No pair is learned from whose notice names none."""
    found = finishing.sources(pairs_of(synthesis.windows(0, 300, "train")), [], [])
    assert len(found) >= 5
    assert all("(" in source.licence for source in found), found


def test_own_pairs_are_counted_and_claim_no_licence() -> None:
    """They are learned from, and measured on with sessions held out."""
    (own,) = finishing.sources([], examples(10, "own"), [])
    assert (own.name, own.licence, own.learned, own.measured) == ("own", finishing.NOT_PUBLISHED, 10, 10)


def test_the_card_says_what_a_reader_must_know() -> None:
    """Use, data with licence, measures by part with intervals and another model beside, limits, the command."""
    text = card(result())
    for wanted in ("## Use", "## Limits", "Free (F-1)", "| first failed | made-1 |", "| de-DE | other-1 |"):
        assert wanted in text
    whole = one_measured().slices[0].average_precision
    assert f"{whole.value:.3f} ({whole.low:.3f} to {whole.high:.3f})" in text
    assert "```\nreprise train rephrase --out made\n```" in text


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"membership_auc": 0.52}, "0.52"),
        ({}, "Nobody attacked"),
        ({"options": {"buckets": 64}}, "treat the file like the texts"),
    ],
)
def test_the_card_says_what_the_model_betrays(given: dict[str, object], wanted: str) -> None:
    """The attack's figure if there is one, and a warning where words are inside."""
    assert wanted in card(result(**given))


def test_a_student_tells_of_itself_in_plain_values() -> None:
    """What goes into its file: data, options, measures; no text of a pair."""
    description = finishing.description_of(result())
    assert description["metrics"]["bundled"]["all"]["pairs"] == 240
    assert description["product"] == "reprise 1.2.3"
    assert "second 1" not in str(description)
