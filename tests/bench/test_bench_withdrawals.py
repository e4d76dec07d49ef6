"""Rule of the bench of withdrawals: its arrays of detectors are the product's detector."""

import numpy as np

from streams.learn import evidence
from tests.bench.bench_withdrawals import Detector, Watching


def test_an_array_of_detectors_gives_the_product_s_alarms() -> None:
    """Outcome by outcome, for shares seen of .7 and 1, over a fall to three wins in ten."""
    chance = np.random.default_rng(5)
    detector, seen = Detector(0.8, alpha=0.01), np.array([0.7, 1.0])
    watching = Watching(detector, seen)
    statistics: list[list[float]] = [[], []]
    alarms = 0
    for _ in range(120):
        won = chance.random(2) < 0.3
        expected = []
        for index, share in enumerate(0.8 * seen):
            statistics[index] = evidence.observe_change(statistics[index], float(share), won=bool(won[index]))
            expected.append(evidence.change_alarm(statistics[index], 0.01))
            statistics[index] = [] if expected[-1] else statistics[index]
        assert watching.see(won).tolist() == expected
        alarms += sum(expected)
    assert alarms > 4
