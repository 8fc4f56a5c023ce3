"""State of a training run in a file that is complete at any time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from sentivox.errors import InvalidRequest

STATE_FILE = "state.pt"
CHANGEABLE = frozenset({"patience", "minutes"})
"""Options that may change when a run is resumed."""


def write_state(folder: Path, state: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """Write the state of a run. `state` and `options` hold tensors, numbers, strings and
    collections of these.
    """
    with synced_write(folder / STATE_FILE) as partial:
        torch.save({**state, "options": dict(options)}, partial)


def read_state(folder: Path, options: Mapping[str, Any]) -> dict[str, Any] | None:
    """The state that `write_state` wrote to the folder; None if there is none.

    Raise InvalidRequest if the run had other options, except those in CHANGEABLE.
    """
    path = folder / STATE_FILE
    if not path.is_file():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    saved = state["options"]
    if changed := sorted(k for k in options.keys() - CHANGEABLE if saved.get(k) != options[k]):
        raise InvalidRequest(
            f"'{folder}' holds a run with another {', '.join(changed)}. Use the run's own "
            f"options, or delete '{path}' to start a new run."
        )
    return state


@contextmanager
def synced_write(path: Path) -> Iterator[Path]:
    """A temporary path, renamed to `path` when the block ends without an error.

    Its name is always the same, so a killed run leaves at most one such file: states are large.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    yield partial
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(path)


def restore_parameters(
    parameters: Mapping[str, torch.Tensor], saved: Mapping[str, torch.Tensor]
) -> None:
    """Copy the saved values into the parameters, in place."""
    with torch.no_grad():
        for name, tensor in parameters.items():
            tensor.copy_(saved[name])
