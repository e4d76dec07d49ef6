"""The dashboards, one module each, for the people who run the service. Knows what is asked, not how it is drawn."""

from typing import Final

from grafana_foundation_sdk.models.dashboard import Dashboard

from infra.grafana.boards import health, kafka, learning, rewrites

BOARDS: Final = (health.BOARD, learning.BOARD, rewrites.BOARD, kafka.BOARD)
"""All dashboards, in the order in which people need them."""


def dashboards() -> dict[str, Dashboard]:
    """Return all dashboards by their uid, which is also the name of their file."""
    return {board.uid: board.build() for board in BOARDS}
