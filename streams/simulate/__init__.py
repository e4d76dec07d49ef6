"""Traffic with known truth, and the judgement of what was learned from it. Knows nothing of the stages."""
