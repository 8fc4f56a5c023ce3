"""Where a training run stands, in a file that is whole at any moment.

Ray Train has checkpoints of its own. The list of them is written in place, though, and a process
that is killed meanwhile leaves a list that can't be read. A file that is renamed once it's complete
needs no list.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from sentivox.errors import InvalidRequest
from training.ctc_options import CtcOptions

STATE_FILE, BEST_FILE = "state.pt", "best.safetensors"


@dataclass(frozen=True, slots=True)
class Progress:
    step: int = 0
    epoch: int = 0
    number: int = 0
    """Of the next update in its epoch."""
    minutes: float = 0.0
    """Of training until the last look, in every process that took part."""
    looked_at_step: int = 0
    best_cer: float = float("inf")
    looks_since_best: int = 0


def trained_tensors(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Those that training changes; the others are known beforehand."""
    return {
        name: tensor.detach() for name, tensor in model.named_parameters() if tensor.requires_grad
    }


def put_back(model: torch.nn.Module, tensors: Mapping[str, torch.Tensor]) -> None:
    """The opposite of `trained_tensors`, in place."""
    with torch.no_grad():
        for name, tensor in trained_tensors(model).items():
            tensor.copy_(tensors[name])


def save_state(
    folder: Path,
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    progress: Progress,
    options: CtcOptions,
) -> None:
    partial = folder / (STATE_FILE + ".partial")
    folder.mkdir(parents=True, exist_ok=True)
    state = {
        "model": trained_tensors(model),
        "optimizer": optimizer.state_dict(),
        "progress": asdict(progress),
        "options": _plain(options),
    }
    with partial.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / STATE_FILE)


def restore(
    folder: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, options: CtcOptions
) -> Progress:
    """Where to go on; the beginning when nothing was saved.

    Raises InvalidRequest when it was saved by a run with other options, but for how long it may go
    on.
    """
    path = folder / STATE_FILE
    if not path.is_file():
        return Progress()
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    if changed := _changed(state["options"], options):
        raise InvalidRequest(
            f"'{folder}' holds a run with another {', '.join(changed)}. Give what it was begun "
            "with, or delete that folder to begin anew."
        )
    put_back(model, state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return Progress(**state["progress"])


def save_best(folder: Path, model: torch.nn.Module) -> None:
    """The weights to export."""
    partial = folder / (BEST_FILE + ".partial")
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.cpu().contiguous() for name, tensor in trained_tensors(model).items()}
    save_file(tensors, partial)
    partial.replace(folder / BEST_FILE)


def put_back_best(folder: Path, model: torch.nn.Module) -> None:
    put_back(model, load_file(folder / BEST_FILE))


def _changed(saved: Mapping[str, Any], options: CtcOptions) -> list[str]:
    free = {"patience", "minutes"}
    given = _plain(options)
    return sorted(key for key in given if key not in free and saved.get(key) != given[key])


def _plain(options: CtcOptions) -> dict[str, Any]:
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in asdict(options).items()
    }
