"""Threads and chance of torch, set for a while and then as before. Knows no model."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch use this many threads.

    Where cores are shared, a second thread mostly waits for the first: small batches run slower with two.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let torch draw from a seed, and leave what others draw as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
