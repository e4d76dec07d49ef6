"""Verdicts at a wanted share of false alarms."""

import pytest

from streams.configuring.refusal import SettingsError
from streams.detect.rephrase import RuleScorer
from streams.rephrasing.levels import threshold_at
from tests.streams.rephrasing.students import student

TABLES = {"false_alarm_thresholds": {"": {"0.05": 0.6, "0.1": 0.4}, "de": {"0.05": 0.7}}}


def test_a_language_has_its_own_threshold() -> None:
    """Locales of a language that was not measured share that of all languages."""
    threshold_in = threshold_at(student("own-1", 0.0, description=TABLES), 0.05)
    assert [threshold_in(locale) for locale in ("de-AT", "en-US")] == [0.7, 0.6]


@pytest.mark.parametrize(("share", "known"), [(0.02, "measured 0.05, not 0.02"), (0.1, "measured 0.05, not 0.1")])
def test_a_share_that_was_not_measured_everywhere_is_refused(share: float, known: str) -> None:
    """The message names what there is: another threshold would be taken for the wanted one."""
    with pytest.raises(SettingsError, match=known):
        threshold_at(student("own-1", 0.0, description=TABLES), share)


def test_a_model_that_measured_nothing_is_refused() -> None:
    """The rules know one threshold only."""
    with pytest.raises(SettingsError, match="rules-1 has not measured them"):
        threshold_at(RuleScorer(), 0.05)
