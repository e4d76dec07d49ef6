"""What Prometheus is told: recordings, alerts, and the reference of metrics. Knows no worker."""
