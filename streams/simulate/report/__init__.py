"""A closed-loop run as one page for people, in a browser and without a network. Knows no simulator and no learner."""

from streams.simulate.report.page import write_report

__all__ = ["write_report"]
