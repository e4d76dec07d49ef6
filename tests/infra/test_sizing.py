"""The sizing page: it says what the calculator says, and the calculator says what follows from the measured figures."""

from dataclasses import dataclass

import msgspec
import pytest
import yaml

from infra.sizing.__main__ import main
from infra.sizing.calculator import PARTITIONS_MAX, Traffic, chain_cores, sized, stage_cores, transactions
from infra.sizing.measured import Choices, Figures, measured
from infra.sizing.page import EXAMPLES, PAGE, chain_rate, written
from streams.engine.settings import EngineSettings
from streams.topology import TOPICS

ROUND = Figures(**dict.fromkeys(msgspec.structs.asdict(measured().figures), 1.0))
"""Every figure is one: what follows can be worked out by hand."""

MANIFEST = yaml.safe_load((PAGE.parent / "kubernetes/base/worker.yaml").read_text(encoding="utf-8"))["spec"]


def with_figures(**figures: float) -> Figures:
    """Return round figures, but for some."""
    return msgspec.structs.replace(ROUND, **figures)


def test_the_page_is_current() -> None:
    """It is what its command writes."""
    assert PAGE.read_text(encoding="utf-8") == written(measured(), Choices()), "run `python -m infra.sizing --page`"


def test_the_examples_of_the_page_fit() -> None:
    """The page shows no installation that would not work."""
    assert [sized(each, measured().figures, Choices()).fits for each in EXAMPLES] == [True] * len(EXAMPLES)


def test_choices_are_the_defaults_of_the_settings() -> None:
    """A changed default changes the page."""
    settings, choices = EngineSettings(), Choices()
    assert choices.flush_every_ms == settings.flush_every_ms
    assert choices.tick_every_ms == settings.tick_every_ms
    assert choices.replication == settings.replication
    assert choices.cached_rows == settings.cache_rows_max
    assert choices.buffers_bytes == settings.block_cache_bytes + 2 * settings.write_buffer_bytes
    days = {topic.name: (topic.retention_ms or 0) // 86_400_000 for topic in TOPICS}
    assert {days[name] for name in ("turns", "feedback", "trails")} == {choices.turns_days}
    assert days["decisions"] == choices.decisions_days


def test_a_turn_costs_its_turn_and_its_transaction() -> None:
    """Few turns have a transaction each; many share those that `flush_every_ms` allows."""
    choices = Choices(flush_every_ms=100)
    assert transactions(5, 4, choices) == 5
    assert transactions(5_000, 4, choices) == 40
    figures = with_figures(detect_turn_us=100, detect_transaction_us=1_000)
    assert stage_cores(5_000, 4, "detect", figures, choices) == pytest.approx(0.5 + 0.04)


@dataclass(frozen=True)
class More:
    """A figure or a part of the traffic that is doubled, and what must grow with it."""

    what: str
    grows: str


@pytest.mark.parametrize(
    "more",
    [
        More("detect_turn_us", "detect_cores"),
        More("learn_turn_us", "learn_cores"),
        More("learn_turn_us", "largest_chain_cores"),
        More("learn_tick_us", "learn_cores"),
        More("known_text_bytes", "store"),
        More("turn_held_bytes", "changelog"),
        More("new_text_rows", "restore_s"),
        More("restore_row_us", "restore_s"),
        More("row_memory_bytes", "worker_memory"),
        More("partition_bytes", "worker_memory"),
        More("broker_detect_transaction_us", "broker_cores"),
        More("learn_state_bytes", "kafka_in"),
        More("turns_bytes", "kafka_disk"),
    ],
    ids=lambda more: f"{more.what} {more.grows}",
)
def test_a_dearer_figure_makes_the_answer_dearer(more: More) -> None:
    """Each measured figure counts where it should."""
    found = measured().figures
    dearer = msgspec.structs.replace(found, **{more.what: getattr(found, more.what) * 2})
    traffic = EXAMPLES[1]
    before, after = (getattr(sized(traffic, each, Choices()), more.grows) for each in (found, dearer))
    assert after > before


def test_turns_in_kafka_are_kept_for_days_and_copied() -> None:
    """One turn a second of one byte, at half the traffic on average, for 28 days, three times."""
    nothing = dict.fromkeys(msgspec.structs.asdict(ROUND), 0.0)
    figures = Figures(**{**nothing, "turns_bytes": 1.0, "detect_turn_us": 1.0, "learn_turn_us": 1.0})
    found = sized(Traffic(1, average_share=0.5), figures, Choices())
    assert found.kafka_disk == 0.5 * 86_400 * 28 * 3
    assert found.kafka_in == 3


def test_no_partition_is_busier_than_it_should_be() -> None:
    """Partitions are doubled until each leaves its core what was chosen."""
    figures, choices = with_figures(detect_turn_us=100, detect_transaction_us=0), Choices(partition_share=0.5)
    found = sized(Traffic(100_000, locales=1_000), figures, choices)
    assert 100_000 * 100e-6 / found.turns_partitions <= 0.5
    assert found.turns_partitions >= found.workers >= (found.detect_cores + found.learn_cores) / choices.busy_share


def test_a_chain_that_outgrows_its_core_is_told() -> None:
    """It has one partition, which has one core: more partitions do not help it."""
    figures, choices = measured().figures, Choices()
    most = chain_rate(choices.partition_share, figures, choices)
    assert chain_cores(most, figures, choices) == pytest.approx(1)
    assert sized(Traffic(most * 0.9, locales=1, largest_share=1), figures, choices).fits
    assert not sized(Traffic(most * 1.1, locales=1, largest_share=1), figures, choices).fits


def test_more_partitions_than_there_can_be_are_told() -> None:
    """The settings refuse them."""
    found = sized(Traffic(1e9, locales=10**9, largest_share=1e-9), measured().figures, Choices())
    assert found.turns_partitions > PARTITIONS_MAX
    assert not found.fits


def test_there_are_never_more_workers_than_partitions() -> None:
    """The last ones would have nothing to do."""
    for traffic in EXAMPLES:
        found = sized(traffic, measured().figures, Choices())
        assert 2 <= found.workers <= found.turns_partitions


def test_the_manifest_asks_for_what_its_workers_may_take() -> None:
    """Memory for the partitions that each of its workers has, with all their caches full."""
    asked = MANIFEST["template"]["spec"]["containers"][0]["resources"]["requests"]["memory"]
    choices, figures = Choices(), measured().figures
    settings = EngineSettings()
    owned = (settings.turns_partitions + settings.trails_partitions) / MANIFEST["replicas"]
    full = owned * (choices.buffers_bytes + figures.partition_bytes + choices.cached_rows * figures.row_memory_bytes)
    assert int(asked.removesuffix("Gi")) * 2**30 > figures.worker_bytes + full


def test_the_program_prints_what_a_traffic_needs(capsys: pytest.CaptureFixture[str]) -> None:
    """And says so when one chain is too much for its core."""
    assert main(["--turns-per-second", "50", "--locales", "3"]) == 0
    assert "workers" in capsys.readouterr().out
    assert main(["--turns-per-second", "1000000", "--locales", "1"]) == 0
    assert "largest chain needs more than a core" in capsys.readouterr().out


@pytest.mark.parametrize("options", [["--turns-per-second", "0"], ["--largest-share", "2"], ["--locales", "-1"]])
def test_impossible_traffic_is_refused(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The option is named."""
    with pytest.raises(SystemExit, match="2"):
        main(options)
    assert options[0] in capsys.readouterr().err
