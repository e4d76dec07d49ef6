"""Every alert has a fault that makes it fire; some of them played here, all of them by `python -m tests.faults.run`."""

from collections import Counter
from pathlib import Path

import pytest

from infra.kafka import jars
from infra.prometheus.alerts import ALERTS
from tests.broker import prometheus
from tests.faults.catalogue import FAULTS, faults_of
from tests.faults.run import play_all
from tests.faults.table import PAGE, cells, page
from tests.faults.trial import Row

PACE = 60.0
GOOD = Row("RepriseNoWorker", "killed", "started", PACE, 3.0, 4.0)


def test_every_alert_has_one_fault_and_every_fault_an_alert() -> None:
    """An alert that nothing makes fire is not known to work; a fault without one shows nothing."""
    assert Counter(name for fault in FAULTS for name in fault.alerts) == Counter(ALERTS.keys())
    assert all(fault.alerts for fault in FAULTS)


def test_faults_are_chosen_by_alert() -> None:
    """Each comes once, however many of its alerts are named; without a name all come."""
    assert [fault.alerts for fault in faults_of(["RepriseNoWorker", "RepriseWorkerDown"])] == [FAULTS[0].alerts]
    assert faults_of([]) == list(FAULTS)


@pytest.mark.parametrize(
    ("row", "is_good"),
    [
        (GOOD, True),
        (Row("a", "", "", PACE), False),
        (Row("a", "", "", PACE, 3.0), False),
        (Row("a", "", "", PACE, 3.0, 4.0, problem="fired again"), False),
        (Row("a", "", "", PACE, left_out="no disk"), True),
    ],
    ids=["fired and over", "silent", "never over", "flaps", "left out"],
)
def test_an_alert_must_fire_and_be_over(row: Row, is_good: bool) -> None:  # noqa: FBT001 - what is expected
    """Anything else is a failure, unless it could not be tried here."""
    assert row.is_good is is_good


def test_the_page_has_a_row_for_every_alert() -> None:
    """What is checked in was made from all faults of this source, and each alert fired and was over."""
    text = PAGE.read_text(encoding="utf-8")
    found = [line.split(" | ")[0].removeprefix("| ") for line in text.splitlines() if line.startswith("| Reprise")]
    assert found == list(ALERTS)
    assert "| never |" not in text


def test_a_page_keeps_what_was_not_played_again() -> None:
    """Faults can be played one by one; the rows of the others stay, in the order of the alerts."""
    last = GOOD.alert, "RepriseDiskFull", "RepriseNotReady"
    first = page([Row(name, "done", "repaired", PACE, 1.0, 2.0) for name in last], PACE)
    second = page([GOOD], PACE, first).splitlines()
    assert [line.split(" | ")[0] for line in second if line.startswith("| Reprise")] == [
        f"| {name}" for name in ALERTS if name in last
    ]
    assert f"| {' | '.join(cells(GOOD))} |" in second


@pytest.mark.kafka
@pytest.mark.prometheus
@pytest.mark.slow
def test_alerts_fire_by_their_faults_and_are_over_after_the_repair(tmp_path: Path) -> None:
    """A worker is killed, and twelve rewrites are taken back: four alerts of a real Prometheus come and go."""
    reason = jars.missing() or prometheus.missing()
    if reason is not None:
        pytest.skip(f"no real service here: {reason}")
    said: list[str] = []
    faults = faults_of(["RepriseNoWorker", "RepriseWithdrawalsSurge"])
    rows = play_all(faults, PACE, tmp_path, said.append)
    assert {row.alert for row in rows} == {name for fault in faults for name in fault.alerts}
    assert [row for row in rows if not row.is_good] == [], "\n".join(said)
