"""A real Kafka on this machine, one node, without Docker. Knows nothing of the product."""
