"""What a worker shows of itself, as Prometheus reads it."""

import pytest
import structlog
from prometheus_client import generate_latest

from streams.metrics import METRICS
from streams.observing.facts import CAUSED, FACTS, LEVELS, OBSERVATIONS
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
    assert metrics.facts["detect", "pairs_scored"] == 9.0


def test_every_route_fits_the_catalogue() -> None:
    """A fact, an observation or a level goes to a metric that exists, with as many labels as that has."""
    routes = [route for route in (*FACTS.values(), *OBSERVATIONS.values(), *CAUSED.values()) if route is not None]
    assert [route for route in routes if len(METRICS[route.metric].labels) != len(route.labels)] == []
    assert [route for route in LEVELS.values() if len(METRICS[route.metric].labels) != len(route.labels) + 1] == []


def test_no_label_can_have_more_values_than_the_catalogue_says() -> None:
    """What tables can put into a label stays within its bound."""
    values: dict[tuple[str, str, int], set[str]] = {}
    for route in (*FACTS.values(), *OBSERVATIONS.values(), *CAUSED.values(), *LEVELS.values()):
        labels = () if route is None else METRICS[route.metric].labels[-len(route.labels) :] if route.labels else ()
        for label, value in zip(labels, () if route is None else route.labels, strict=True):
            values.setdefault((label.name, label.help, label.most), set()).add(value)
    assert values
    assert {label: found for label, found in values.items() if len(found) > label[2]} == {}


def test_a_counter_is_there_before_the_first_event() -> None:
    """All that tables know begins at zero: a rate over a series that appears with its first step would miss it."""
    shown = lines(Metrics())
    assert 'reprise_decisions_total{reason="losing",to_stage="demoted"} 0.0' in shown
    assert 'reprise_trails_total{closed_by="gap",outcome="success"} 0.0' in shown
    assert [line for line in shown if line.startswith("reprise_ready")] == []


def test_what_a_partition_showed_goes_with_it() -> None:
    """Nothing is left of a partition that closed, and its neighbours stay."""
    metrics = Metrics()
    for partition in (0, 1):
        for stage in ("detect", "learn"):
            metrics.restored(stage, partition, 9, 0.1)
            metrics.opened(stage, partition, is_open=True)
            metrics.at(stage, partition, 7, 0)
        metrics.levels("learn", partition, dict.fromkeys(LEVELS, 2.0))
    metrics.opened("learn", 1, is_open=False)
    shown = [line for line in lines(metrics) if 'partition="1"' in line]
    assert shown
    assert all('stage="detect"' in line for line in shown)
    assert 'reprise_live_rewrites{partition="0"} 2.0' in lines(metrics)
    assert metrics.open == {("detect", 0), ("detect", 1), ("learn", 0)}
    assert metrics.fences["learn", 1] == 7


def test_an_unknown_fact_stops_a_test_and_no_worker() -> None:
    """In service it is logged once by its name, and what else was counted is shown all the same."""
    with pytest.raises(KeyError):
        Metrics(strict=True).flushed("detect", 1, 0.1, {"new": 1.0})
    metrics = Metrics()
    with structlog.testing.capture_logs() as logged:
        metrics.flushed("detect", 1, 0.1, {"new": 1.0, "turns": 1.0})
        metrics.flushed("detect", 1, 0.1, {"new": 1.0})
    assert logged == [{"event": "metrics.unknown_fact", "stage": "detect", "fact": "new", "log_level": "warning"}]
    assert metrics.facts["detect", "new"] == 2.0
    assert "reprise_turns_total 1.0" in lines(metrics)


def test_a_metric_is_used_as_its_kind() -> None:
    """A counter cannot be set, a gauge not observed, and what is not in the catalogue not counted."""
    metrics = Metrics()
    with pytest.raises(TypeError, match="reprise_turns is a counter"):
        metrics.set("reprise_turns", value=1)
    with pytest.raises(TypeError, match="reprise_ready is a gauge"):
        metrics.observe("reprise_ready", value=1)
    with pytest.raises(KeyError):
        metrics.add("reprise_nothing")


def test_delays_are_shown_by_both_clocks() -> None:
    """Event time comes from the stage, processing time from Kafka's clock to the commit; both in seconds."""
    metrics = Metrics(strict=True)
    metrics.observed("detect", {"detection_delay_ms": [2_000.0, 4_000.0]})
    metrics.delayed("detect", {"detection": [1_000, 1_500]}, committed_at=2_000)
    shown = lines(metrics)
    assert 'reprise_detection_delay_seconds_sum{clock="event"} 6.0' in shown
    assert 'reprise_detection_delay_seconds_sum{clock="processing"} 1.5' in shown
