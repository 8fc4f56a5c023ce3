"""The model's card: README.md for people, card.json for programs, SHA256SUMS."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sentivox.languages import LANGUAGES
from sentivox.models.checksums import SUMS_FILE, sha256_of
from training.ctc_rates import Heard, Rates, length, rates, rates_by

_HEAD = """# Speech recognition: {languages}

A wav2vec2 with a CTC output layer, {weights:.1f} million weights, {origin}. It writes lower-case
letters and spaces, no digits, no marks. Trained by `training/ctc.py`; every number below is also in
`card.json`.

Served by `engine: transformers_ctc`; `sentivox models add` says what to put into a config.
"""

_LIMITS = """## Limits

- It knows the speakers, the rooms and the subjects of its training clips. A model from nothing,
  trained on an hour of one voice, is a model of that voice: try yours before you believe the table.
- It has no language model: names and rare words are spelled as they sound.
- Clips of another language are written in the letters of these.
- Test clips were held out by the shards' own split, and read once, when training was over.
"""


def scores(heard: Sequence[Heard]) -> dict[str, Any]:
    """Rates over all test clips, and by language, length and source."""
    return {
        "all": asdict(rates(heard)),
        "by_language": _dicts(rates_by(heard, lambda clip: clip.language)),
        "by_length": _dicts(rates_by(heard, length)),
        "by_source": _dicts(rates_by(heard, lambda clip: f"{clip.source} ({clip.language})")),
    }


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Card, README and hashes; the model's own files are there already."""
    content = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    (folder / "card.json").write_text(content, "utf-8")
    (folder / "README.md").write_text(_readme(card), "utf-8")
    names = sorted(each.name for each in folder.iterdir() if each.name != SUMS_FILE)
    sums = "".join(f"{sha256_of(folder / name)}  {name}\n" for name in names)
    (folder / SUMS_FILE).write_text(sums, "utf-8")


def _readme(card: Mapping[str, Any]) -> str:
    head = _HEAD.format(
        languages=", ".join(LANGUAGES[code].name for code in card["languages"]),
        weights=card["weights"] / 1e6,
        origin=card["origin"],
    )
    return "\n".join([head, _data(card), _training(card), _tests(card), _LIMITS])


def _data(card: Mapping[str, Any]) -> str:
    rows = [
        f"| {row['source']} | {row['language']} | {row['train_clips']} | "
        f"{row['train_minutes']:.1f} | {row['licence']} |"
        for row in card["data"]
    ]
    return "\n".join(
        [
            "## Data\n",
            "| source | language | training clips | minutes | licence |",
            "|---|---|---|---|---|",
            *rows,
            "\nWho passes the model on should read these licences; some want their name told.\n",
        ]
    )


def _training(card: Mapping[str, Any]) -> str:
    runs = [
        f"| {run['name'] or 'all'} | {run['step']} | {run['minutes']:.1f} | {run['best_cer']:.3f} |"
        for run in card["runs"]
    ]
    return "\n".join(
        [
            f"## Training\n\n{card['date']}, {card['machine']}: `{card['command']}`\n",
            "| trained | steps | minutes | best validation CER |",
            "|---|---|---|---|",
            *runs,
            "",
        ]
    )


def _tests(card: Mapping[str, Any]) -> str:
    parts = ["## Held-out clips\n"]
    for title in ("by_language", "by_length", "by_source"):
        parts += [f"| {title[3:]} | clips | seconds | WER | CER |", "|---|---|---|---|---|"]
        parts += [
            f"| {name} | {row['clips']} | {row['seconds']} | {row['wer']:.3f} | {row['cer']:.3f} |"
            for name, row in card["test"][title].items()
        ]
        parts.append("")
    return "\n".join(parts)


def _dicts(found: Mapping[str, Rates]) -> dict[str, Any]:
    return {name: asdict(each) for name, each in found.items()}
