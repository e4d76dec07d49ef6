"""A trained rephrase model as one page for people, in a browser and without a network. Knows a result, no model."""

from streams.rephrasing.report.page import write_report

__all__ = ["write_report"]
