"""Learned models, one folder each: what they look at, their shapes, load and save, training. Knows no stream."""
