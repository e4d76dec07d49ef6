"""What a worker counts of rephrase models, as Prometheus reads it."""

from prometheus_client import generate_latest

from streams.observing.recorder import Metrics
from streams.rephrasing import telling
from streams.rephrasing.timing import Scoring


def lines(metrics: Metrics) -> list[str]:
    """Return what is exported, without what only explains it."""
    return [line for line in generate_latest(metrics.registry).decode().splitlines() if not line.startswith("#")]


def test_every_question_to_a_model_is_counted_with_its_size_and_time() -> None:
    """Pairs, batches and seconds say what scoring costs."""
    metrics = Metrics()
    metrics.scored([Scoring(3, 0.25), Scoring(1, 0.5)])
    shown = lines(metrics)
    assert "reprise_rephrase_pairs_total 4.0" in shown
    assert 'reprise_rephrase_batch_pairs_bucket{le="1.0"} 1.0' in shown
    assert "reprise_rephrase_batch_pairs_count 2.0" in shown
    assert "reprise_rephrase_seconds_sum 0.75" in shown


def test_a_model_that_is_replaced_is_shown_no_more() -> None:
    """There is one line a role, with the name in use."""
    metrics = Metrics()
    metrics.models({"acting": "one-1", "shadow": "two-2"})
    metrics.models({"acting": "two-2"})
    shown = [line for line in lines(metrics) if line.startswith("reprise_model_info")]
    assert shown == ['reprise_model_info{name="two-2",role="acting"} 1.0']


def test_what_models_tell_has_metrics_of_its_own() -> None:
    """Agreement, second opinions and refused files can be watched without knowing the names of facts."""
    metrics = Metrics()
    told = {
        telling.SHADOW_BOTH: 2.0,
        telling.OPINION_PAIRS: 9.0,
        telling.OPINION_ASKED: 1.0,
        telling.REFUSED: 1.0,
        "pairs_scored": 9.0,
    }
    metrics.flushed("detect", 5, 0.1, told)
    shown = lines(metrics)
    assert 'reprise_shadow_pairs_total{called_by="both"} 2.0' in shown
    assert "reprise_second_opinion_pairs_total 9.0" in shown
    assert "reprise_second_opinion_asked_total 1.0" in shown
    assert "reprise_model_refused_total 1.0" in shown
    facts = [line for line in shown if line.startswith("reprise_facts_total")]
    assert facts == ['reprise_facts_total{fact="pairs_scored",stage="detect"} 9.0']
