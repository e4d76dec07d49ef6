"""All settings together: one file for every command, and what contradicts across settings."""

from pathlib import Path

import pytest

from streams.engine.settings import STATE_DELETE_RETENTION_MS, EngineSettings
from streams.settings import (
    GROUPS,
    SettingsError,
    WorkerSettings,
    connection_from,
    expected,
    settings_from,
    worker_settings_from,
)


def test_one_file_serves_every_command(tmp_path: Path) -> None:
    """A command that runs only the stages passes over what only a worker needs, in file and environment."""
    file = tmp_path / "reprise.toml"
    file.write_text('gap_ms = 20000\nbootstrap = "kafka:9092"\nstages = ["learn"]\n', encoding="utf-8")
    environ = {"REPRISE_PREFIX": "test-", "REPRISE_USERS_MIN": "7"}
    stages, worker = settings_from((), file, environ), worker_settings_from((), file, environ)
    assert (stages.gap_ms, stages.users_min) == (20_000, 7)
    assert (worker.gap_ms, worker.users_min, worker.bootstrap) == (20_000, 7, "kafka:9092")
    assert (worker.prefix, worker.stages) == ("test-", ("learn",))
    assert connection_from((), file, environ).prefix == "test-"


def test_an_option_that_would_do_nothing_is_refused() -> None:
    """What a person typed for this very command must have an effect."""
    with pytest.raises(SettingsError, match=r"`bootstrap` \(as an option\) is not used by this command"):
        settings_from(["bootstrap=kafka:9092"])
    with pytest.raises(SettingsError, match="`gap_ms`"):
        connection_from(["gap_ms=20000"])


def test_a_misspelt_name_is_found_among_all_settings() -> None:
    """The nearest name may be one that only a worker has."""
    with pytest.raises(SettingsError, match=r"`bootstap` .*did you mean `bootstrap`"):
        settings_from(environ={"REPRISE_BOOTSTAP": "kafka:9092"})


@pytest.mark.parametrize(
    ("sets", "names"),
    [
        (["heartbeat_ms=4000"], ("heartbeat_ms", "session_timeout_ms")),
        (["session_timeout_ms=6000"], ("heartbeat_ms", "session_timeout_ms")),
        (["transaction_timeout_ms=20000"], ("commit_timeout_ms", "transaction_timeout_ms")),
        (["shutdown_ms=10000"], ("shutdown_ms", "commit_timeout_ms")),
    ],
)
def test_values_that_do_not_fit_together_are_refused_with_both_names(sets: list[str], names: tuple[str, str]) -> None:
    """Each may be possible alone; the message says which two, their values, and which was given where."""
    with pytest.raises(SettingsError) as refused:
        worker_settings_from(sets)
    assert all(f"`{name}`" in str(refused.value) for name in names)
    name, _, value = sets[0].partition("=")
    assert f"`{name}` (as an option) ({value})" in str(refused.value)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("stages=", "`stages` (as an option) is []; expected some of detect, learn, joined by commas"),
        ("stages=detekt", "`stages` (as an option) is ['detekt']; expected some of detect, learn, joined by commas"),
        ("accept_loss=perhaps", "`accept_loss` (as an option) is 'perhaps'; expected true or false"),
        ("metrics_port=70000", "`metrics_port` (as an option) is '70000'; expected a whole number from 0 to 65,535"),
        (
            "trust_store_ms=86400000",
            "`trust_store_ms` (as an option) is '86400000'; expected a whole number from 0 below 86,400,000",
        ),
    ],
)
def test_an_impossible_setting_of_the_engine_is_refused_with_what_was_expected(option: str, message: str) -> None:
    """A mistake is named together with its way out."""
    with pytest.raises(SettingsError) as refused:
        worker_settings_from([option])
    assert str(refused.value) == message


@pytest.mark.parametrize("instance", ["../other", ".", "a/b", "a b", "-x"])
def test_a_workers_name_cannot_lead_out_of_the_data_folder(instance: str) -> None:
    """It is part of a path and of a name in Kafka."""
    with pytest.raises(SettingsError, match="`instance`"):
        worker_settings_from([f"instance={instance}"])


def test_a_worker_without_a_name_takes_the_hosts() -> None:
    """Static membership works without being asked for; each worker has a folder of its own."""
    assert EngineSettings().member
    named = EngineSettings(instance="kitchen-1", data_dir=Path("somewhere"))
    assert (named.member, named.member_dir) == ("kitchen-1", Path("somewhere/kitchen-1"))


def test_a_file_may_be_unset() -> None:
    """An empty text is no path, so that an environment can take back what a file set."""
    assert worker_settings_from(environ={"REPRISE_TLS_CA_FILE": ""}).tls_ca_file is None


def test_every_setting_is_in_one_group_and_says_what_it_is_for() -> None:
    """`reprise settings` leaves none out and none unexplained."""
    grouped = [name for group in GROUPS.values() for name in group.model_fields]
    assert sorted(grouped) == sorted(WorkerSettings.model_fields)
    assert all(field.description for field in WorkerSettings.model_fields.values())
    assert not [name for name in grouped if "typing" in expected(name) or "class" in expected(name)]


def test_the_public_key_of_the_noise_is_told() -> None:
    """Texts of real people need a secret that nobody else knows."""
    assert any("`release_secret`" in concern for concern in worker_settings_from().concerns())
    assert worker_settings_from(["release_secret=correct horse"]).concerns() == []
    assert worker_settings_from(["release=floor"]).concerns() == []


@pytest.mark.parametrize("name", ["release_secret", "user_salt"])
def test_a_secret_of_the_stages_is_read_from_its_file(name: str, tmp_path: Path) -> None:
    """It need not stand among other settings; a file that everybody may read is told, the secret never."""
    file = tmp_path / "secret"
    file.write_text("correct horse\n", encoding="utf-8")
    file.chmod(0o644)
    settings = worker_settings_from([f"{name}_file={file}"])
    assert getattr(settings, name) == "correct horse"
    assert "correct horse" not in repr(settings.public())
    assert any(f"`{name}_file`" in concern for concern in settings.concerns())
    file.chmod(0o600)
    assert not any(f"`{name}_file`" in concern for concern in settings.concerns())


def test_a_secret_given_twice_is_refused_unless_it_is_the_same(tmp_path: Path) -> None:
    """Which one holds would be a guess."""
    file = tmp_path / "secret"
    file.write_text("correct horse", encoding="utf-8")
    given = [f"release_secret_file={file}"]
    assert worker_settings_from([*given, "release_secret=correct horse"]) == worker_settings_from(given)
    with pytest.raises(SettingsError, match=r"`release_secret` .*and `release_secret_file` .*differ") as refused:
        worker_settings_from([*given, "release_secret=battery staple"])
    assert "battery" not in str(refused.value)


def test_a_file_without_a_usable_secret_is_refused_by_name(tmp_path: Path) -> None:
    """Missing, empty, or too short; the message does not hold what was found."""
    file = tmp_path / "secret"
    for text, name in ((None, "release_secret_file"), ("\n", "release_secret_file"), ("short", "release_secret")):
        if text is not None:
            file.write_text(text, encoding="utf-8")
        with pytest.raises(SettingsError, match=f"`{name}`") as refused:
            worker_settings_from([f"release_secret_file={file}"])
        assert "short" not in str(refused.value)


def test_a_store_is_never_trusted_as_long_as_deletions_are_remembered() -> None:
    """The longest allowed trust is still shorter."""
    longest = STATE_DELETE_RETENTION_MS - 1
    assert worker_settings_from([f"trust_store_ms={longest}"]).trust_store_ms == longest
