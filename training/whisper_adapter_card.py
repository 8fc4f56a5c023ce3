"""An adapter's folder: weights, card.json for the program, README.md for people, SHA256SUMS."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from sentivox.models.checksums import SUMS_FILE, sha256_of
from sentivox.models.whisper_adapter import ADAPTER_FILE, add_adapter
from training.machine import machine


def write_adapter(
    folder: Path, base: Path, pairs: Mapping[str, torch.Tensor], card: Mapping[str, Any]
) -> None:
    """Weights in half precision, and the card with the hash of what they make of the model in
    `base`. For what the card has to have see `write_card`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    halved = {name: tensor.half().contiguous() for name, tensor in pairs.items()}
    save_file(halved, folder / ADAPTER_FILE)
    (folder / ADAPTER_FILE).chmod(0o644)
    told = {"date": date.today().isoformat(), "machine": machine()}
    write_card(folder, {**card, "model_sha256": _merged_sha256(base, folder), **told})


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Writes the card in both forms and the folder's hashes; the weights are there already.

    A card has `title`, `purpose`, `about` and `limits` for people, `model` that the adapter is for,
    and `training`; `test`, where it was measured.
    """
    (folder / "card.json").write_text(
        json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8"
    )
    (folder / "README.md").write_text(_readme(card), "utf-8")
    names = ["README.md", "card.json", ADAPTER_FILE]
    sums = "".join(f"{sha256_of(folder / name)}  {name}\n" for name in names)
    (folder / SUMS_FILE).write_text(sums, "utf-8")


def read_card(folder: Path) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((folder / "card.json").read_text("utf-8"))
    return card


def _readme(card: Mapping[str, Any]) -> str:
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
    columns = list(test["rows"][0])
    cells = [[str(row[column]) for column in columns] for row in test["rows"]]
    lines = [columns, ["---"] * len(columns), *cells]
    return [
        "## Measured\n",
        f"{test['on']}; {test['date']}, {test['machine']}; `{test['command']}`.\n",
        *(f"| {' | '.join(line)} |" for line in lines),
        "",
    ]


def _training(card: Mapping[str, Any]) -> list[str]:
    training = card["training"]
    settings = ", ".join(f"{name} {value}" for name, value in training["settings"].items())
    minutes = ", ".join(f"{code} {each}" for code, each in training["minutes_of_sound"].items())
    return [
        "## Training\n",
        f"{card['date']}, {card['machine']}, {training['minutes']} minutes, {training['steps']} "
        f"steps; {settings}.\n",
        f"Minutes of sound: {minutes}. Loss on what was held out: {training['validation']:.4f}, "
        f"before training {training['before']:.4f}.\n",
    ]


def _merged_sha256(base: Path, adapter: Path) -> str:
    with tempfile.TemporaryDirectory() as copy:
        shutil.copyfile(base / "model.bin", Path(copy) / "model.bin")
        add_adapter(Path(copy), adapter)
        return sha256_of(Path(copy) / "model.bin")
