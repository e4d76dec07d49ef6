"""``reprise worker``: the stages on Kafka, until stopped. Knows signals and logs, no stage."""

import asyncio
import signal
from typing import Any

import structlog

from streams.commands.settings import BootstrapOption, PrefixOption, read_worker_settings
from streams.commands.usage import SettingOptions, SettingsFile
from streams.configuring.refusal import SettingsError
from streams.observing.logs import logs_as_json
from streams.settings import WorkerSettings

FAILED_EXIT_CODE = 1


def worker(
    bootstrap: BootstrapOption = "",
    prefix: PrefixOption = None,
    sets: SettingOptions = [],  # noqa: B006 - typer copies it
    settings_file: SettingsFile = "",
) -> int:
    """Run the stages on Kafka: read turns, write feedback, trails, rewrites and decisions, exactly once.

    Start as many workers as there are cores, each with its own `instance`; they share the partitions. A worker may be
    killed at any moment: whoever takes over goes on from what was committed. Logs are JSON lines on standard error.
    SIGTERM and Ctrl-C end it after what is in flight; `reprise topics create` must have made the topics.
    """
    given: dict[str, Any] = {name: value for name, value in (("bootstrap", bootstrap), ("prefix", prefix)) if value}
    options = [*sets, *(f"{name}={value}" for name, value in given.items())]
    settings = read_worker_settings(options, settings_file)
    logs_as_json(settings.log_level)
    return asyncio.run(_run(settings))


async def _run(settings: WorkerSettings) -> int:
    # Faust takes a second to load, which no other command needs.
    from streams.engine.errors import EngineError  # noqa: PLC0415
    from streams.engine.worker import Worker  # noqa: PLC0415

    log = structlog.get_logger("reprise")
    for concern in settings.concerns():
        log.warning("settings.concern", concern=concern)
    running = Worker(settings)
    if settings.console_port:
        from streams.console.site import console_site  # noqa: PLC0415 - only where it is wanted

        running.sites = (console_site(running, settings, running.metrics),)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, running.stop)
    try:
        await running.run()
    except SettingsError:
        raise
    except EngineError as problem:
        log.error("worker.failed", error=str(problem))  # noqa: TRY400 - the message says what to do, a trace would not
        return FAILED_EXIT_CODE
    except Exception:
        log.exception("worker.failed")
        return FAILED_EXIT_CODE
    return 0
