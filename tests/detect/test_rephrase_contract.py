"""The rules keep what every rephrase model promises."""

import pytest

from streams.detect.rephrase import RuleScorer
from streams.detect.scorer import Scorer
from tests.contracts.scorer import ScorerContract


class TestRuleScores(ScorerContract):
    """The rules are a scorer like others."""

    @pytest.fixture
    def scorer(self) -> Scorer:
        """Return the rules."""
        return RuleScorer()
