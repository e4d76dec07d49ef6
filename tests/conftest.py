"""What all tests share: one Hypothesis profile, and slow tests last. Knows no part of the product."""

import pytest
from hypothesis import settings

# The same examples on every run, so that a failure seen once is seen again; no deadline, because a busy machine
# is not a broken program.
settings.register_profile("reprise", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("reprise")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run slow tests last, so that a broken rule shows within seconds."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
