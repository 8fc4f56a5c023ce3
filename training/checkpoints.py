"""Where a training run stands, in a file that is whole at any moment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from sentivox.errors import InvalidRequest

STATE_FILE = "state.pt"
HOW_LONG = frozenset({"patience", "minutes"})
"""Options that a run may be gone on with though it was begun with others."""


def write_state(folder: Path, state: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """`state` and `options` hold tensors, numbers, texts and collections of them."""
    with written(folder / STATE_FILE) as partial:
        torch.save({**state, "options": dict(options)}, partial)


def read_state(folder: Path, options: Mapping[str, Any]) -> dict[str, Any] | None:
    """What was written there; None where nothing was.

    Raises InvalidRequest when it was written by a run with other options, but for HOW_LONG.
    """
    path = folder / STATE_FILE
    if not path.is_file():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    saved = state["options"]
    if changed := sorted(k for k in options.keys() - HOW_LONG if saved.get(k) != options[k]):
        raise InvalidRequest(
            f"'{folder}' holds a run with another {', '.join(changed)}. Give what it was begun "
            f"with, or delete '{path}' to begin anew."
        )
    return state


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """A place to write to; it becomes `path` when the block ends without an error.

    It has the same name each time, so that kills leave one of them and not many: states are large.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    yield partial
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(path)


def put_back(parameters: Mapping[str, torch.Tensor], saved: Mapping[str, torch.Tensor]) -> None:
    """What was saved becomes the parameters' values, in place."""
    with torch.no_grad():
        for name, tensor in parameters.items():
            tensor.copy_(saved[name])
