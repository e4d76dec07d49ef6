"""What can be told of a pair of turns in numbers: one matrix, one row a pair. Knows no model."""
