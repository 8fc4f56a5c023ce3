"""Files beside trained weights: card.json for programs, README.md for people, SHA256SUMS."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sentivox.weights.checksums import SUMS_FILE, sha256_of


def write_card(folder: Path, card: Mapping[str, Any], readme: str) -> None:
    """Write the card in both forms, and SHA256SUMS of all files in the folder."""
    content = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    (folder / "card.json").write_text(content, "utf-8")
    (folder / "README.md").write_text(readme, "utf-8")
    names = sorted(
        each.name for each in folder.iterdir() if each.is_file() and each.name != SUMS_FILE
    )
    sums = "".join(f"{sha256_of(folder / name)}  {name}\n" for name in names)
    (folder / SUMS_FILE).write_text(sums, "utf-8")


def read_card(folder: Path) -> dict[str, Any]:
    """The content of card.json."""
    card: dict[str, Any] = json.loads((folder / "card.json").read_text("utf-8"))
    return card


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table that ends with a line break."""
    lines = [f"| {' | '.join(map(str, cells))} |\n" for cells in (columns, *rows)]
    return "".join([lines[0], f"|{'---|' * len(columns)}\n", *lines[1:]])
