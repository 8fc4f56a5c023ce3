"""Folder of an adapter of Whisper: weights, card.json, README.md and SHA256SUMS."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from sentivox.weights.adapters import ADAPTER_FILE, add_adapter
from sentivox.weights.checksums import sha256_of
from training.machine import machine
from training.model_card import table, write_card


def write_adapter(
    folder: Path, base: Path, pairs: Mapping[str, torch.Tensor], card: Mapping[str, Any]
) -> None:
    """Write the weights in half precision, and the card with the hash of the merged model.

    `base` is the model's folder; `readme` names the fields of the card.
    """
    folder.mkdir(parents=True, exist_ok=True)
    halved = {name: tensor.half().contiguous() for name, tensor in pairs.items()}
    save_file(halved, folder / ADAPTER_FILE)
    (folder / ADAPTER_FILE).chmod(0o644)
    facts = {"date": date.today().isoformat(), "machine": machine()}
    whole = {**card, "model_sha256": _merged_sha256(base, folder), **facts}
    write_card(folder, whole, readme(whole))


def readme(card: Mapping[str, Any]) -> str:
    """The card in Markdown.

    A card has the texts `title`, `purpose`, `about` and `limits`, the `model` of the adapter, its
    `training`, and `test` once it was measured.
    """
    return "\n".join(
        [
            f"# {card['title']}\n",
            f"{card['about']} Every number below is also in `card.json`.\n",
            *(_test(card["test"]) if "test" in card else []),
            *_training(card),
            "## Limits\n",
            *(f"- {limit}" for limit in card["limits"]),
            "",
        ]
    )


def _test(test: Mapping[str, Any]) -> list[str]:
    rows = test["rows"]
    return [
        "## Measured\n",
        f"{test['on']}; {test['date']}, {test['machine']}; `{test['command']}`.\n",
        table(list(rows[0]), [list(row.values()) for row in rows]),
    ]


def _training(card: Mapping[str, Any]) -> list[str]:
    training = card["training"]
    settings = ", ".join(f"{name} {value}" for name, value in training["settings"].items())
    minutes = ", ".join(f"{code} {each}" for code, each in training["minutes_of_audio"].items())
    return [
        "## Training\n",
        f"{card['date']}, {card['machine']}, {training['minutes']} minutes, {training['steps']} "
        f"steps; {settings}.\n",
        f"Minutes of audio: {minutes}. Loss on held-out audio: {training['validation']:.4f}, "
        f"before training {training['before']:.4f}.\n",
    ]


def _merged_sha256(base: Path, adapter: Path) -> str:
    with tempfile.TemporaryDirectory() as copy:
        shutil.copyfile(base / "model.bin", Path(copy) / "model.bin")
        add_adapter(Path(copy), adapter)
        return sha256_of(Path(copy) / "model.bin")
