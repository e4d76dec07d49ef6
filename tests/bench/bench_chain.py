"""Measures the absorbing chain: a step against a full solve, the error after many steps, and one question.

Run ``python -m tests.bench.bench_chain [--updates N]``. Prints; judges nothing.
"""

import argparse
import random
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from rich.console import Console
from rich.table import Table

from streams.learn.chain import FAILURE, SUCCESS, new_row, solve
from streams.learn.chain_cache import ComponentCache
from streams.learn.component import Component
from streams.learn.transitions import GIVE_UP

Event = tuple[str, str, float]
SIZES = (16, 64, 256)


def events_of(nodes: int, number: int, seed: int) -> list[Event]:
    """Return random weighted events: 49 in 50 go on to another node, which makes walks long and N large."""
    chance = random.Random(seed)  # noqa: S311 (a benchmark needs to be repeated)
    targets = (SUCCESS, FAILURE)
    return [
        (
            f"n{chance.randrange(nodes)}",
            chance.choice(targets) if chance.random() < 0.02 else f"n{chance.randrange(nodes)}",
            chance.uniform(0.05, 1.0),
        )
        for _ in range(number)
    ]


def seconds(action: Callable[[], object], times: int) -> float:
    """Return the shortest of five measurements of an action, in seconds for one call."""
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(times):
            action()
        best = min(best, time.perf_counter() - started)
    return best / times


def feed(component: Component, events: list[Event]) -> float:
    """Observe all events; return microseconds for one."""
    started = time.perf_counter()
    for node, target, weight in events:
        component.observe(node, target, weight)
    return (time.perf_counter() - started) / len(events) * 1e6


def counts_of(nodes: int, events: list[Event]) -> dict[str, dict[str, float]]:
    """Add the events up into rows."""
    rows = {f"n{place}": new_row() for place in range(nodes)}
    for node, target, weight in events:
        rows[node][target] = rows[node].get(target, 0.0) + weight
    return rows


def error(component: Component, rows: dict[str, dict[str, float]]) -> tuple[float, float, float]:
    """Return the largest error of N and of b against a solve from the counts alone, and the largest entry of N."""
    names = component.nodes
    totals = np.array([sum(rows[name].values()) for name in names])
    moves = np.array([[rows[name].get(other, 0.0) for other in names] for name in names]) / totals[:, None]
    wins = np.array([rows[name].get(SUCCESS, 0.0) for name in names]) / totals
    visits = np.linalg.inv(np.eye(len(names)) - (1.0 - GIVE_UP) * moves)
    success = np.array([component.absorption(name) for name in names])
    return (
        float(np.abs(component.fundamental() - visits).max()),
        float(np.abs(success - visits @ wins).max()),
        float(visits.max()),
    )


def compare_steps(console: Console, updates: int) -> None:
    """Print what a step costs, what a full solve costs, and how far the steps are from it in the end.

    The last column is the error of N without any fresh solve in between.
    """
    table = Table(title=f"{updates:,} random weighted updates, one by one")
    for heading in ("nodes", "update us", "full solve us", "error of N", "error of b", "largest N", "N unsolved"):
        table.add_column(heading, justify="right")
    for nodes in SIZES:
        events = events_of(nodes, updates, nodes)
        rows = counts_of(nodes, events)
        start = {name: new_row() for name in rows}
        component, unsolved = Component(start), Component(start, solve_every=10**12)
        cost = feed(component, events)
        feed(unsolved, events)
        error_n, error_b, largest = error(component, rows)
        full = seconds(component.solve, 20) * 1e6
        drift, _, _ = error(unsolved, rows)
        cells = (f"{cost:.1f}", f"{full:.1f}", f"{error_n:.1e}", f"{error_b:.1e}", f"{largest:.1f}", f"{drift:.1e}")
        table.add_row(str(nodes), *cells)
    console.print(table)


def compare_questions(console: Console) -> None:
    """Print what one question costs: solved from the rows, or answered by a kept component with one event before it."""
    table = Table(title="one question about a node (three transitions a node)")
    for heading in ("nodes reached", "from the rows us", "kept: event + answer us"):
        table.add_column(heading, justify="right")
    for nodes in (1, 2, 4, 6, 8, 12, 16, 24, 32, 64, 128, 256):
        rows = {f"n{place}": {SUCCESS: 3.0, FAILURE: 2.0} for place in range(nodes)}
        for place in range(nodes):
            for step in (1, 3, 7):
                rows[f"n{place}"][f"n{(place + step) % nodes}"] = float(step)
        cache = ComponentCache(keep_nodes_min=1)
        cache.query("n0", rows.get)

        def kept(cache: ComponentCache = cache, rows: dict[str, dict[str, float]] = rows) -> None:
            cache.observe("n0", SUCCESS, 1.0)
            cache.query("n0", rows.get)

        fresh = seconds(partial(solve, rows.get, "n0"), 50) * 1e6
        table.add_row(str(nodes), f"{fresh:.1f}", f"{seconds(kept, 50) * 1e6:.1f}")
    console.print(table)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--updates", type=int, default=1_000_000, help="random updates for each size")
    updates = options.parse_args().updates
    console = Console()
    compare_questions(console)
    compare_steps(console, updates)


if __name__ == "__main__":
    main()
