"""All alerts: the one source of Prometheus' rules, Grafana's rules and runbooks. Knows no file."""

from typing import Final

from infra.prometheus import alerts_of_learning, alerts_of_service
from infra.prometheus.alert import Alert, Group

GROUPS: Final[tuple[Group, ...]] = (*alerts_of_service.GROUPS, *alerts_of_learning.GROUPS)
"""All groups, in the order in which they stand in the files."""

ALERTS: Final[dict[str, Alert]] = {alert.name: alert for group in GROUPS for alert in group.alerts}
"""All alerts by name."""
