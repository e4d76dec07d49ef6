"""The histogram that takes many values at once shows what the library's own would."""

from hypothesis import given
from hypothesis import strategies as some
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from streams.metrics import STAGE, Metric
from streams.observing.buckets import Buckets

METRIC = Metric("reprise_example_seconds", "histogram", "For tests.", "seconds", (STAGE,), (0.1, 1.0, 10.0))

Batches = some.lists(some.lists(some.floats(0.0, 100.0) | some.sampled_from(METRIC.buckets), max_size=20), max_size=5)


def shown(registry: CollectorRegistry) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return every sample of a scrape but the times of birth."""
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {
        (sample.name, tuple(sorted(sample.labels.values()))): round(sample.value, 6)
        for family in families
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


@given(Batches)
def test_a_scrape_shows_what_the_library_shows(batches: list[list[float]]) -> None:
    """Counts below each bound, the number and the sum are those of prometheus_client, however values are cut."""
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    series = Buckets(METRIC, ours).labels("detect")
    known = Histogram(METRIC.name, METRIC.help, ["stage"], buckets=METRIC.buckets, registry=theirs).labels("detect")
    for batch in batches:
        series.observe(*batch)
        for value in batch:
            known.observe(value)
    assert shown(ours) == shown(theirs)
