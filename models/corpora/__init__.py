"""Bundled licensed corpora, and windows of turns made of their real parts. Knows no model."""
