"""Trails in, rewrites and decisions out. Pure: knows no clock, no chance, no Kafka, and nothing of detection."""
