"""A training run on disk after each epoch, so that a run that was ended goes on. Knows tensors and a folder."""

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import msgspec
import torch
from torch import nn

FILE: Final = "checkpoint.pt"

State = dict[str, torch.Tensor]


@dataclass(slots=True)
class Checkpoint:
    """Where a run stands.

    Attributes:
        fingerprint: of the data and settings it belongs to.
        epoch: epochs done.
        learned: what has been learned, by name.
        optimiser: the optimiser's state.
        best: what had been learned after the best epoch.
        losses: on validation, before the first epoch and after each.
    """

    fingerprint: str
    epoch: int
    learned: State
    optimiser: dict[str, Any]
    best: State
    losses: list[float]

    def save(self, folder: Path) -> None:
        """Write the checkpoint so that a reader finds the old one or the new one, whole."""
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{FILE}.part"
        with part.open("wb") as file:
            torch.save({name: getattr(self, name) for name in self.__slots__}, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / FILE)


def load(folder: Path, fingerprint: str) -> Checkpoint | None:
    """Return the checkpoint of this run, None where there is none or only that of another one."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        checkpoint = Checkpoint(**torch.load(path, weights_only=True))
    except (RuntimeError, UnpicklingError, EOFError, TypeError):
        return None  # cut short, or of another version: the run begins afresh
    return checkpoint if checkpoint.fingerprint == fingerprint else None


def state_of(module: nn.Module) -> State:
    """Return a copy of what learns in a module."""
    return {name: value.detach().clone() for name, value in module.named_parameters() if value.requires_grad}


def restore(module: nn.Module, state: State) -> None:
    """Put back what :func:`state_of` returned."""
    parameters = dict(module.named_parameters())
    with torch.no_grad():
        for name, value in state.items():
            parameters[name].copy_(value)


def fingerprint_of(module: nn.Module, *facts: Any) -> str:
    """Return a digest of a module's weights as they are and of what msgspec can encode."""
    digest = sha256(msgspec.msgpack.encode(facts))
    for name, tensor in module.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()
