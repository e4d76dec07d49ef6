"""What Grafana shows: dashboards as code, and the files from which it provisions them. Knows only names of metrics."""
