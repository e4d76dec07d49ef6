"""The records Reprise exchanges, and their codec. Knows nothing of streams, models or Kafka."""
