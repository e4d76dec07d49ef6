"""What can be told of a pair of turns in numbers: one matrix, one row a pair. Knows no model."""

from models.features.columns import COLUMNS, VERSION, Column
from models.features.rows import matrix

__all__ = ["COLUMNS", "VERSION", "Column", "matrix"]
