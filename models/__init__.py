"""Learned detectors, one folder each. Knows neither Kafka nor the streams."""
