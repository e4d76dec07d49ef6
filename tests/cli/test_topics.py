"""`reprise topics` and `reprise settings` without a Kafka: what is printed, and what is refused."""

import shlex

import pytest

from streams.cli import main
from streams.settings import GROUPS, WorkerSettings


def test_rights_are_printed_for_those_who_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, ready for a shell, for the given prefix and no other role."""
    assert main(["topics", "acls", "--principal", "consumer=User:kitchen", "--prefix", "test-"]) == 0
    lines = [shlex.split(line) for line in capsys.readouterr().out.splitlines()]
    assert {line[0] for line in lines} == {"kafka-acls.sh"}
    assert [line[line.index("--topic") + 1] for line in lines if "--topic" in line] == ["test-rewrites", "test-policy"]
    assert all("User:kitchen" in line for line in lines)


def test_without_names_every_role_gets_one_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    """A first look shows everything there is to grant."""
    assert main(["topics", "acls"]) == 0
    printed = capsys.readouterr().out
    assert all(f"User:reprise-{role}" in printed for role in ("worker", "producer", "consumer", "operator"))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["acls", "--principal", "cook"], "--principal: `cook` should be ROLE=USER"),
        (["acls", "--principal", "cook=User:x"], "--principal: `cook` is not a role; expected one of worker"),
        (["check", "--bootstrap", "nowhere"], "`bootstrap` (as an option) is 'nowhere'; expected HOST:PORT"),
        (["create", "--set", "replication=0"], "`replication` (as an option) is '0'; expected a whole number from 1"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_exit_code_2(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake is named with its way out, before Kafka is asked."""
    assert main(["topics", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"reprise: {complaint}")


def test_a_kafka_that_does_not_answer_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address, and why: nobody listens on port 1."""
    monkeypatch.setattr("streams.kafka.topic_admin.CONTACT_S", 2)
    assert main(["topics", "check", "--bootstrap", "127.0.0.1:1"]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("reprise: ")]
    assert line.startswith("reprise: Kafka at 127.0.0.1:1 cannot be asked for its topics")
    assert "refused" in line


def test_settings_lists_every_setting_in_its_group(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The four groups hold all names with their values in force."""
    monkeypatch.setenv("COLUMNS", "300")
    assert main(["settings", "--set", "prefix=test-", "--set", "stages=learn"]) == 0
    printed = capsys.readouterr().out
    first_words = {line.split()[0] for line in printed.splitlines() if line.strip()}
    assert set(WorkerSettings.model_fields) <= first_words
    assert all(title in printed for title in GROUPS)
    assert "test-" in printed
