"""What is kept of a run that trains a CTC model: how far it is, and the weights to export.

Ray Train has checkpoints of its own. The list of them is written in place, though, and a process
that is killed meanwhile leaves a list that can't be read. A file that is renamed once it's complete
needs no list.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from training.checkpoints import put_back, read_state, write_state, written
from training.ctc.options import CtcOptions

BEST_FILE = "best.safetensors"


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


def save_state(
    folder: Path,
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    progress: Progress,
    options: CtcOptions,
) -> None:
    state = {
        "model": trained_tensors(model),
        "optimizer": optimizer.state_dict(),
        "progress": asdict(progress),
    }
    write_state(folder, state, asdict(options))


def restore(
    folder: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, options: CtcOptions
) -> Progress:
    """Where to go on; the beginning when nothing was saved.

    Raises InvalidRequest when it was saved by a run with other options, but for how long it may go
    on.
    """
    state = read_state(folder, asdict(options))
    if state is None:
        return Progress()
    put_back(trained_tensors(model), state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return Progress(**state["progress"])


def save_best(folder: Path, model: torch.nn.Module) -> None:
    """The weights to export."""
    tensors = {name: tensor.cpu().contiguous() for name, tensor in trained_tensors(model).items()}
    with written(folder / BEST_FILE) as partial:
        save_file(tensors, partial)


def put_back_best(folder: Path, model: torch.nn.Module) -> None:
    put_back(trained_tensors(model), load_file(folder / BEST_FILE))
