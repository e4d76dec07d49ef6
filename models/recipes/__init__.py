"""How models are made from data, step by step, so that a run that was cut short goes on. Knows models, no stream."""
