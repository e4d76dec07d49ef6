"""From a traffic to cores, partitions, workers and gigabytes: plain arithmetic on what was measured. Reads no file."""

import math
from typing import Final

import msgspec

from infra.sizing.measured import Choices, Figures

SECOND_US: Final = 1_000_000
DAY_S: Final = 86_400
PARTITIONS_MIN: Final = (4, 2)
"""Of turns and of trails, so that a second and a third worker find something to do."""

WORKERS_MIN: Final = 2
"""So that one goes on while the other restarts."""

PARTITIONS_MAX: Final = 1_024
"""Of either, by the settings."""


class Traffic(msgspec.Struct, frozen=True):
    """What is to be taken in.

    Attributes:
        turns_per_second: at the busiest time.
        locales: chains of learn: pairs of tenant and locale that have traffic, or their domains with
            ``chain_key=domain``.
        largest_share: part of the turns that the largest chain gets.
        texts: different texts in all chains together that somebody said within 400 days.
        known_share: part of them that many people said.
        average_share: average traffic as a part of the busiest.
    """

    turns_per_second: float
    locales: int = 10
    largest_share: float = 0.5
    texts: int = 1_000_000
    known_share: float = 0.1
    average_share: float = 0.5


class Sizing(msgspec.Struct, frozen=True):
    """What it takes. Cores are busy ones, at the busiest time; sizes in bytes, of all workers or all brokers together.

    Attributes:
        detect_cores: of the workers, for detect.
        learn_cores: of the workers, for learn.
        largest_chain_cores: what the largest chain takes of the one core that its partition has.
        turns_partitions: the setting of that name.
        trails_partitions: the setting of that name.
        workers: processes, each with one core.
        worker_memory: of one worker, at most.
        store: local stores of all workers, with room to compact.
        changelog: rows alive in the two topics of state.
        restore_s: from the start of a worker that lost its store until it works again.
        broker_cores: of all brokers together, followers left out.
        kafka_disk: of all brokers together, copies included.
        kafka_in: bytes a second that brokers write, copies included.
    """

    detect_cores: float
    learn_cores: float
    largest_chain_cores: float
    turns_partitions: int
    trails_partitions: int
    workers: int
    worker_memory: float
    store: float
    changelog: float
    restore_s: float
    broker_cores: float
    kafka_disk: float
    kafka_in: float

    @property
    def fits(self) -> bool:
        """Whether one service does it: the largest chain fits in a core, and the partitions are not too many."""
        return self.largest_chain_cores <= 1 and max(self.turns_partitions, self.trails_partitions) <= PARTITIONS_MAX


def sized(traffic: Traffic, figures: Figures, choices: Choices) -> Sizing:
    """Return what a traffic takes."""
    rate = traffic.turns_per_second
    busiest = chain_cores(rate * traffic.largest_share, figures, choices)
    trails_partitions = _partitions(rate, "learn", PARTITIONS_MIN[1], figures, choices)
    trails_partitions = min(trails_partitions, max(PARTITIONS_MIN[1], traffic.locales))
    turns_partitions = _partitions(rate, "detect", PARTITIONS_MIN[0], figures, choices)
    workers = _workers(rate, turns_partitions, trails_partitions, figures, choices)
    while workers > turns_partitions and turns_partitions <= PARTITIONS_MAX:
        turns_partitions *= 2  # so that each worker has something to do
        workers = _workers(rate, turns_partitions, trails_partitions, figures, choices)
    detect = stage_cores(rate, turns_partitions, "detect", figures, choices)
    learn = learn_cores(rate, turns_partitions, trails_partitions, figures, choices)
    alive = state_bytes(traffic, figures)
    owned = (turns_partitions + trails_partitions) / workers
    rows = state_rows(traffic, figures) / workers
    return Sizing(
        detect_cores=detect,
        learn_cores=learn,
        largest_chain_cores=busiest,
        turns_partitions=turns_partitions,
        trails_partitions=trails_partitions,
        workers=workers,
        worker_memory=worker_memory(owned, rows, figures, choices),
        store=alive * choices.state_overhead,
        changelog=alive * choices.state_overhead,
        restore_s=figures.start_s + rows * figures.restore_row_us / SECOND_US,
        broker_cores=broker_cores(rate, turns_partitions, trails_partitions, figures, choices),
        kafka_disk=kafka_disk(traffic, alive, figures, choices),
        kafka_in=rate * written_bytes(figures) * choices.replication,
    )


def transactions(rate: float, partitions: int, choices: Choices) -> float:
    """Return transactions a second of a stage: one a turn while that is few, else one each ``flush_every_ms``."""
    return min(rate, partitions * 1_000 / choices.flush_every_ms)


def stage_cores(rate: float, partitions: int, stage: str, figures: Figures, choices: Choices) -> float:
    """Return the cores that workers need for a stage: what turns cost, and what transactions cost."""
    turn = float(getattr(figures, f"{stage}_turn_us"))
    transaction = float(getattr(figures, f"{stage}_transaction_us"))
    return (rate * turn + transactions(rate, partitions, choices) * transaction) / SECOND_US


def learn_cores(rate: float, turns: int, trails: int, figures: Figures, choices: Choices) -> float:
    """Return the cores that workers need for learn, to which each partition of turns tells its time."""
    ticks = turns * trails * 1_000 / choices.tick_every_ms
    return stage_cores(rate, trails, "learn", figures, choices) + ticks * figures.learn_tick_us / SECOND_US


def chain_cores(rate: float, figures: Figures, choices: Choices) -> float:
    """Return the cores that one chain needs: it lies in one partition, which has one core."""
    return stage_cores(rate, 1, "learn", figures, choices) / choices.partition_share


def broker_cores(rate: float, turns: int, trails: int, figures: Figures, choices: Choices) -> float:
    """Return the cores that the leaders of all partitions need."""
    cost = rate * (figures.broker_ingest_turn_us + figures.broker_detect_turn_us + figures.broker_learn_turn_us)
    cost += transactions(rate, turns, choices) * figures.broker_detect_transaction_us
    cost += transactions(rate, trails, choices) * figures.broker_learn_transaction_us
    return cost / SECOND_US


def state_bytes(traffic: Traffic, figures: Figures) -> float:
    """Return what the rows of both stages take, keys included."""
    known, new = _texts(traffic)
    return held(traffic, figures) * figures.turn_held_bytes + (
        known * figures.known_text_bytes + new * figures.new_text_bytes
    )


def state_rows(traffic: Traffic, figures: Figures) -> float:
    """Return the rows of both stages: a held turn has at most one, beside its timer."""
    known, new = _texts(traffic)
    return 2 * held(traffic, figures) + known * figures.known_text_rows + new * figures.new_text_rows


def held(traffic: Traffic, figures: Figures) -> float:
    """Return the turns that detect holds at the busiest time."""
    return traffic.turns_per_second * figures.turn_held_seconds


def worker_memory(owned: float, rows: float, figures: Figures, choices: Choices) -> float:
    """Return the memory of a worker: itself, its partitions, and the rows it keeps decoded.

    Args:
        owned: partitions it has open.
        rows: rows of them all.
        figures: what was measured.
        choices: the sizes of caches and buffers.
    """
    cached = min(rows, owned * choices.cached_rows)
    return (
        figures.worker_bytes
        + owned * (figures.partition_bytes + choices.buffers_bytes)
        + cached * figures.row_memory_bytes
    )


def written_bytes(figures: Figures) -> float:
    """Return what is written to Kafka for each turn, in all topics, once."""
    topics = ("turns", "feedback", "trails", "detect_state", "learn_state", "decisions", "rewrites")
    return float(sum(getattr(figures, f"{topic}_bytes") for topic in topics))


def kafka_disk(traffic: Traffic, alive: float, figures: Figures, choices: Choices) -> float:
    """Return what lies in Kafka: what is kept for days at average traffic, and the compacted state."""
    kept = figures.turns_bytes + figures.feedback_bytes + figures.trails_bytes
    daily = traffic.turns_per_second * traffic.average_share * DAY_S
    days = daily * (kept * choices.turns_days + figures.decisions_bytes * choices.decisions_days)
    return (days + alive * choices.state_overhead) * choices.replication


def _texts(traffic: Traffic) -> tuple[float, float]:
    return traffic.texts * traffic.known_share, traffic.texts * (1 - traffic.known_share)


def _workers(rate: float, turns: int, trails: int, figures: Figures, choices: Choices) -> int:
    cores = stage_cores(rate, turns, "detect", figures, choices) + learn_cores(rate, turns, trails, figures, choices)
    return max(WORKERS_MIN, math.ceil(cores / choices.busy_share))


def _partitions(rate: float, stage: str, least: int, figures: Figures, choices: Choices) -> int:
    """Return the least number, doubled from ``least``, with which a partition leaves its core what it should."""
    number = least
    while stage_cores(rate, number, stage, figures, choices) / number > choices.partition_share:
        number *= 2
        if number > PARTITIONS_MAX:
            break
    return number
