"""The JSON files beside a CTC model's weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sentivox.errors import WeightsAltered, WeightsMissing


def read_json(folder: Path, name: str) -> dict[str, Any]:
    """Raises WeightsMissing or WeightsAltered."""
    try:
        content: dict[str, Any] = json.loads((folder / name).read_text("utf-8"))
    except FileNotFoundError as exc:
        raise WeightsMissing(
            f"There is no '{name}' in '{folder.name}'. Copy the model again, with the files of its "
            "tokenizer and its preprocessor."
        ) from exc
    except ValueError as exc:
        raise WeightsAltered(
            f"'{name}' in '{folder.name}' can't be read. Copy the model again."
        ) from exc
    return content
