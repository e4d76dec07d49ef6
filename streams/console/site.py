"""The console of a worker, ready to be offered. Knows settings and files, no page."""

from streams.configuring.refusal import secret
from streams.console.app import make_app
from streams.console.worker_knowledge import KafkaService, StateReader, WorkerKnowledge
from streams.observing.recorder import Metrics
from streams.observing.web import Site
from streams.settings import WorkerSettings

TOKEN_SETTING = "console_token_file"  # noqa: S105 - a setting's name
ORDERS_METRIC = "reprise_console_orders"


def console_site(worker: StateReader, settings: WorkerSettings, metrics: Metrics) -> Site:
    """Return the console of a worker, at the address that the settings name.

    Raises:
        SettingsError: the file that holds the token cannot be read, or one that is needed to reach Kafka.
    """
    file = settings.console_token_file
    token = None if file is None else secret(TOKEN_SETTING, file)
    service = KafkaService(settings)
    knowledge = WorkerKnowledge(worker, service, settings, lambda action: metrics.add(ORDERS_METRIC, action))
    app = make_app(knowledge, token=token)

    async def start(_: object) -> None:
        service.start()

    async def stop(_: object) -> None:
        service.stop()

    app.on_startup.append(start)
    app.on_cleanup.append(stop)
    return Site(settings.console_host, settings.console_port, app, "console")
