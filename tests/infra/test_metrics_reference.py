"""Operators read the same list of metrics that the worker is made from."""

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from infra.prometheus import reference
from streams.metrics import METRICS
from streams.observing.recorder import Metrics


def test_the_reference_is_current() -> None:
    """`python -m infra.prometheus.reference` writes it."""
    assert reference.FILE.read_text(encoding="utf-8") == reference.reference()


def test_the_reference_has_every_metric_under_a_name_that_queries_use() -> None:
    """Each has one row, and no row names what is not exposed."""
    rows = [line.split("`")[1] for line in reference.reference().splitlines() if line.startswith("| `reprise_")]
    exposed = [metric.exposed[0] for metric in METRICS.values()]
    assert rows == exposed


def test_a_scrape_shows_nothing_that_is_not_listed() -> None:
    """Beside the catalogue a worker shows what its process uses, and nothing else."""
    families = text_string_to_metric_families(generate_latest(Metrics().registry).decode())
    names = {sample.name for family in families for sample in family.samples}
    listed = {name for metric in METRICS.values() for name in metric.exposed}
    assert {name for name in names - listed if not name.startswith("process_")} == set()
