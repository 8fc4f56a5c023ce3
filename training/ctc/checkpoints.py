"""Checkpoints of a CTC training run: its state, and the best weights.

Ray Train's own checkpoints have a list that is written in place, and a process that is killed
meanwhile leaves an unreadable list. A single file that is renamed when complete needs no list.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from training.checkpoints import read_state, restore_parameters, synced_write, write_state
from training.ctc.options import CtcOptions

BEST_FILE = "best.safetensors"


@dataclass(frozen=True, slots=True)
class Progress:
    """Position of a run."""

    step: int = 0
    epoch: int = 0
    number: int = 0
    """Number of the next update in its epoch."""
    minutes: float = 0.0
    """Duration of training until the last evaluation, over all resumed processes."""
    evaluated_step: int = 0
    best_cer: float = float("inf")
    evaluations_since_best: int = 0


def trained_tensors(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The tensors that training changes, by name."""
    return {
        name: tensor.detach() for name, tensor in model.named_parameters() if tensor.requires_grad
    }


def save_state(
    folder: Path,
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    progress: Progress,
    options: CtcOptions,
) -> None:
    """Write a checkpoint to the run's folder."""
    state = {
        "model": trained_tensors(model),
        "optimizer": optimizer.state_dict(),
        "progress": asdict(progress),
    }
    write_state(folder, state, asdict(options))


def restore(
    folder: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, options: CtcOptions
) -> Progress:
    """Load the checkpoint into model and optimizer and return its position; the start of a run if
    there is none.

    Raise InvalidRequest if the run had other options, except for its duration.
    """
    state = read_state(folder, asdict(options))
    if state is None:
        return Progress()
    restore_parameters(trained_tensors(model), state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return Progress(**state["progress"])


def save_best(folder: Path, model: torch.nn.Module) -> None:
    """Write the trained weights for export."""
    tensors = {name: tensor.cpu().contiguous() for name, tensor in trained_tensors(model).items()}
    with synced_write(folder / BEST_FILE) as partial:
        save_file(tensors, partial)


def load_best(folder: Path, model: torch.nn.Module) -> None:
    """Load the weights that `save_best` wrote."""
    restore_parameters(trained_tensors(model), load_file(folder / BEST_FILE))
