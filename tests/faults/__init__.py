"""For each alert a fault that makes it fire, in a real worker with a real Prometheus. Knows no rule's query."""
