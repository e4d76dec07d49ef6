"""Kafka as every program of the product meets it: reached, provisioned, written and read. Knows no stage's rules."""
