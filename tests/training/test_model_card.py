"""Cards and hashes beside trained weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import training.sentiment.card
import training.whisper.adapter_card
from sentivox.weights.checksums import read_sums, verify_folder
from sentivox.weights.embedded import WHISPER_ADAPTERS
from training.model_card import read_card, table, write_card

HEAD = WHISPER_ADAPTERS.parent / "sentiment_head"
ADAPTER = WHISPER_ADAPTERS / "short_context"


@pytest.mark.parametrize(
    ("folder", "readme"),
    [(HEAD, training.sentiment.card.readme), (ADAPTER, training.whisper.adapter_card.readme)],
    ids=["head", "adapter"],
)
def test_readme_and_card_agree(folder: Path, readme: Callable[[dict[str, Any]], str]) -> None:
    assert (folder / "README.md").read_text("utf-8") == readme(read_card(folder))


def test_every_file_of_a_model_has_a_hash(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    write_card(tmp_path, {"name": "Ünlü"}, "# A model\n")
    sums = read_sums(tmp_path)
    assert set(sums) == {"README.md", "card.json", "model.safetensors"}
    verify_folder(tmp_path, sums, remedy="")
    write_card(tmp_path, read_card(tmp_path), "# A model\n")
    assert read_sums(tmp_path) == sums


def test_a_table_is_markdown() -> None:
    written = table(("name", "clips"), [("nl", 3), ("all", 4.5)])
    assert written == "| name | clips |\n|---|---|\n| nl | 3 |\n| all | 4.5 |\n"
