"""What a worker must know of the topics before it starts. Makes and changes none."""

from confluent_kafka.admin import AdminClient

from streams import topology
from streams.engine.asking import ATTEMPT_S
from streams.engine.errors import EngineError
from streams.kafka.client_log import client_log
from streams.settings import WorkerSettings


def partition_counts(settings: WorkerSettings) -> dict[str, int]:
    """Return how many partitions the source of each stage has.

    Raises:
        EngineError: topics are missing, or a state topic does not fit its source.
    """
    metadata = AdminClient(settings.client(), logger=client_log()).list_topics(timeout=ATTEMPT_S).topics
    missing = [settings.topic(topic.name) for topic in topology.TOPICS if settings.topic(topic.name) not in metadata]
    if missing:
        message = f"topics are missing: {', '.join(missing)}. `reprise topics create` makes them"
        raise EngineError(message)
    counts = {topic.name: len(metadata[settings.topic(topic.name)].partitions) for topic in topology.TOPICS}
    for stage in topology.STAGES:
        if counts[stage.source] != counts[f"{stage.name}.state"]:
            message = (
                f"{settings.topic(stage.source)} has {counts[stage.source]} partitions and "
                f"{settings.topic(stage.name)}.state {counts[f'{stage.name}.state']}: they must be equal. "
                f"`reprise topics check` tells more"
            )
            raise EngineError(message)
    return {stage.source: counts[stage.source] for stage in topology.STAGES}
