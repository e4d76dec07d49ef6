"""Turn events in, feedback and trails out. Pure: knows no clock, no chance, no Kafka, and nothing of learning."""
