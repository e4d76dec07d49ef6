"""Orders at the command line without a Kafka: what is refused, and orders from a file among recorded turns."""

import io
import json
from pathlib import Path

import pytest

from streams.cli import main
from tests.cli.traffic import START_MS, repairs, rows, write

AT = ("--tenant", "demo", "--locale", "en-US")
FLOOR = ("--set", "release=floor", "--set", "users_min=5")
MINUTE_MS = 60_000


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["kill"], "or --everything"),
        (["block"], "nothing narrows this order"),
        (["kill", "--everything", "--domain", "music"], "--everything: does not go with"),
        (["allow", "r1", "--tenant", "demo"], "ID: a rewrite's id says all; leave tenant out"),
        (["block", "--tenant", "demo", "--expecting", ""], "--expecting: expected a question"),
        (["kill", "--user", "u7"], "--user: a kill is for everybody"),
        (["block", "--locale", "english!"], "--locale: expected a BCP 47 tag"),
        (["pin", "next", "--target", "continue", "--tenant", "demo"], "'--locale'"),
        (["pin", "!?", "--target", "continue", *AT], "SOURCE: expected words"),
        (["pin", "next", "--target", "Next!", *AT], "--target: is the same text"),
        (["set", "release", "floor", "--tenant", "demo"], "NAME: expected one of alpha"),
        (["set", "alpha", "2", "--tenant", "demo"], "VALUE: '2' is no value of `alpha`; expected a number"),
        (["set", "alpha", "--tenant", "demo"], "VALUE: '' is no value of `alpha`"),
        (["set", "alpha", "0.01"], "give --tenant, --locale or both"),
        (["set", "nothing", "--forget", "--tenant", "demo"], "NAME: expected one of alpha"),
        (["list", "--stage", "shadow"], "--stage shadow: expected trial, promoted, pinned"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
def test_an_order_that_makes_no_sense_is_refused_before_kafka_is_asked(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line that names the option and what to give, and exit code 2."""
    assert main(["rewrites", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert expected in line


def test_nobody_is_erased_by_mistake(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What is dropped and what remains is said first, and only a yes goes on; nothing shows the pseudonym."""
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert main(["erase", "somebody", "--bootstrap", "127.0.0.1:1"]) == 130
    printed = capsys.readouterr()
    assert "Dropped, with the next batch" in printed.out
    assert "Not dropped" in printed.out
    assert "somebody" not in printed.out + printed.err


# -- replay ------------------------------------------------------------------------------------------------------------


def replayed(folder: Path, orders: list[dict[str, object]], *options: str) -> Path:
    """Replay people who repair a text, with orders among them, and return where the results are."""
    file = write(folder / "orders.jsonl", orders)
    turns = write(folder / "turns.jsonl", repairs(40))
    assert main(["replay", turns, "--out", str(folder / "out"), "--orders", file, *FLOOR, *options]) == 0
    return folder / "out"


def test_an_order_takes_effect_at_its_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was published before a kill is withdrawn by it, and the decision says so."""
    at_ms = START_MS + 39 * MINUTE_MS
    out = replayed(tmp_path, [{"action": "kill", "issued_at": at_ms, "tenant": "demo"}])
    assert "orders put in force" in capsys.readouterr().out
    last = rows(out / "decisions.jsonl")[-1]
    assert last["to_stage"] == "blocked"
    assert [bool(row.get("withdrawn")) for row in rows(out / "rewrites.jsonl")] == [False, True]
    assert json.loads((out / "summary.json").read_text(encoding="utf-8"))["orders"] == 1


def test_an_order_of_before_forbids_what_would_be_published(tmp_path: Path) -> None:
    """A block in force from the start leaves nothing to withdraw."""
    out = replayed(tmp_path, [{"action": "block", "issued_at": START_MS, "tenant": "demo", "source": "next"}])
    assert rows(out / "rewrites.jsonl") == []


def test_an_order_after_the_last_turn_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It changes nothing, which nobody should find out later."""
    out = replayed(tmp_path, [{"action": "kill", "issued_at": START_MS * 2, "tenant": "demo"}])
    assert "Not put in force, as the turns end before: 1 of 1 orders" in capsys.readouterr().out
    assert [bool(row.get("withdrawn")) for row in rows(out / "rewrites.jsonl")] == [False]


def test_orders_without_effect_change_nothing(tmp_path: Path) -> None:
    """Where a batch is cut for an order does not show in the results."""
    folders = tmp_path / "with", tmp_path / "without"
    for folder in folders:
        folder.mkdir()
    elsewhere = [
        {"action": "kill", "issued_at": START_MS + number * MINUTE_MS + 1, "tenant": f"other-{number}"}
        for number in range(0, 40, 7)
    ]
    outs = [replayed(folder, orders) for folder, orders in zip(folders, (elsewhere, []), strict=True)]
    for file in ("rewrites", "decisions", "feedback"):
        first, second = (rows(out / f"{file}.jsonl") for out in outs)
        for row in (*first, *second):
            row.pop("decided_by", None)  # an empty batch for an order shifts the offsets in memory
        assert first == second


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"action": "stop", "issued_at": 1}, "orders.jsonl:1: Policy.action"),
        ({"action": "kill"}, "orders.jsonl:1: Policy"),
        ({"action": "pin", "issued_at": 1, "source": "next"}, "orders.jsonl:1: tenant: a pin needs it"),
    ],
)
def test_an_order_in_a_file_that_makes_no_sense_stops_the_replay(
    line: dict[str, object], expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """File, line and field are named before any turn is read."""
    file = write(tmp_path / "orders.jsonl", [line])
    turns = write(tmp_path / "turns.jsonl", repairs(1))
    assert main(["replay", turns, "--out", str(tmp_path / "out"), "--orders", file]) == 2
    assert expected in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
