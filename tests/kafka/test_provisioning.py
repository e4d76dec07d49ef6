"""The topics as data: what is wanted of each, and what counts as a contradiction."""

from dataclasses import replace

import pytest

from streams.engine.settings import EngineSettings
from streams.kafka.access import ROLES, accesses
from streams.kafka.connection import Connection
from streams.kafka.provisioning import Difference, compared, partitions_of, record_bytes_max, wanted
from streams.kafka.topic_admin import Existing
from streams.topology import STAGES, TOPICS

SETTINGS = EngineSettings(turns_partitions=6, trails_partitions=2, replication=1)
WANTED = wanted(Connection(prefix="test-"), SETTINGS)
AS_WANTED = {topic.full_name: Existing(topic.partitions, topic.replication, topic.configuration) for topic in WANTED}


def changed(name: str, value: str | int) -> list[Difference]:
    """Return the differences when one thing of one topic is otherwise; ``name`` is ``topic:what``."""
    topic, what = name.split(":")
    there = AS_WANTED[f"test-{topic}"]
    if what == "partitions":
        there = replace(there, partitions=int(value))
    elif what == "replication":
        there = replace(there, replication=int(value))
    else:
        there = replace(there, configuration={**there.configuration, what: str(value)})
    return compared(WANTED, AS_WANTED | {f"test-{topic}": there})


def test_every_topic_of_the_topology_is_wanted_once_under_its_full_name() -> None:
    """The prefix stands before every name, and none is forgotten."""
    assert [topic.full_name for topic in WANTED] == [f"test-{topic.name}" for topic in TOPICS]


def test_a_state_topic_has_the_partitions_of_its_source() -> None:
    """Each source partition finds its rows in the state partition with the same number."""
    for stage in STAGES:
        assert partitions_of(stage.source, SETTINGS) == partitions_of(f"{stage.name}.state", SETTINGS)


def test_a_rejected_record_fits_where_its_source_did() -> None:
    """The headers of a rejected record never make it too large."""
    for stage in STAGES:
        assert record_bytes_max(f"{stage.source}.rejected") == record_bytes_max(stage.source) + 65_536


def test_a_store_is_thrown_away_before_deleted_rows_can_come_back() -> None:
    """Marks of deleted rows stay in Kafka for longer than a local store is trusted."""
    states = [topic for topic in WANTED if topic.name.endswith(".state")]
    assert states
    assert all(int(topic.configuration["delete.retention.ms"]) > SETTINGS.trust_store_ms for topic in states)


def test_a_majority_of_copies_must_hold_what_was_committed() -> None:
    """With three copies two must be written, with one the one."""
    for replication, least in ((1, "1"), (2, "2"), (3, "2"), (5, "3")):
        topics = wanted(Connection(), EngineSettings(replication=replication))
        assert {topic.configuration["min.insync.replicas"] for topic in topics} == {least}


def test_topics_as_wanted_have_no_difference() -> None:
    """What was just made passes the comparison."""
    assert compared(WANTED, AS_WANTED) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("turns:partitions", 5),
        ("detect.state:partitions", 7),
        ("learn.state:partitions", 1),
        ("rewrites:partitions", 3),
        ("policy:partitions", 2),
        ("turns:cleanup.policy", "compact"),
        ("learn.state:cleanup.policy", "delete"),
        ("rewrites:cleanup.policy", "compact,delete"),
        ("turns:message.timestamp.type", "CreateTime"),
        ("trails:max.message.bytes", 1_048_588),
        ("detect.state:delete.retention.ms", 60_000),
    ],
)
def test_what_would_lose_or_revive_records_contradicts(name: str, value: str | int) -> None:
    """Partition counts, clean-up, the turns' clock and sizes must be right before anything runs."""
    found = changed(name, value)
    assert [difference.contradicts for difference in found] == [True]
    assert found[0].there == str(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("turns:retention.ms", 1_000),
        ("decisions:min.insync.replicas", 0),
        ("turns:replication", 0),
        ("learn.state:unclean.leader.election.enable", "true"),
    ],
)
def test_what_only_weakens_the_service_is_told_and_no_contradiction(name: str, value: str | int) -> None:
    """An operator may live with it, but must hear of it."""
    assert [difference.contradicts for difference in changed(name, value)] == [False]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("turns:retention.ms", -1),
        ("turns:retention.ms", 9_999_999_999_999),
        ("trails:max.message.bytes", 16_777_216),
        ("learn.state:segment.ms", 5),
        ("feedback:partitions", 1),
        ("turns:replication", 3),
    ],
)
def test_more_than_wanted_is_no_difference(name: str, value: str | int) -> None:
    """Longer, larger, safer and what is only tuning is the operator's business."""
    assert changed(name, value) == []


def test_a_missing_topic_is_a_difference_that_create_can_mend() -> None:
    """Check tells of what is missing; it does not contradict."""
    there = {name: topic for name, topic in AS_WANTED.items() if name != "test-feedback"}
    found = compared(WANTED, there)
    assert [(difference.topic, difference.there, difference.contradicts) for difference in found] == [
        ("test-feedback", "missing", False)
    ]


def test_state_whose_source_is_gone_contradicts() -> None:
    """A source made anew beside old state would be skipped up to where the old one had been read."""
    there = {name: topic for name, topic in AS_WANTED.items() if name != "test-trails"}
    assert any(
        difference.contradicts and "test-learn.state" in str(difference) for difference in compared(WANTED, there)
    )


def test_no_role_may_do_everything() -> None:
    """Least privilege: no wildcard in names, no operation All, and only operators make topics."""
    granted = accesses(Connection(prefix="test-"), {role: f"User:{role}" for role in ROLES})
    assert all(access.name.startswith("test-") and "*" not in access.name for access in granted)
    assert all("All" not in access.operations for access in granted)
    assert {access.principal for access in granted if "Create" in access.operations} == {"User:operator"}


def test_rights_are_printed_for_a_shell() -> None:
    """A principal with blanks, as certificates have, stays one word."""
    (access,) = accesses(Connection(), {"producer": "User:CN=kitchen, O=home"})
    assert access.command("kafka:9092") == (
        "kafka-acls.sh --bootstrap-server kafka:9092 --command-config admin.properties --add "
        "--allow-principal 'User:CN=kitchen, O=home' --operation Write --topic turns"
    )


def test_an_unknown_role_is_refused_with_those_there_are() -> None:
    """A misspelt role grants nothing silently."""
    with pytest.raises(
        ValueError, match="`worke` is not a role; expected one of worker, producer, consumer, console, operator"
    ):
        accesses(Connection(), {"worke": "User:x"})
