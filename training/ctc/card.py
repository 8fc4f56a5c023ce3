"""What the card of a CTC model says: how it was trained, and how well it writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sentivox.languages import LANGUAGES
from training.ctc.error_rates import Heard, Rates, length, rates, rates_by
from training.model_card import table

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


def readme(card: Mapping[str, Any]) -> str:
    """For people, in Markdown; `card` as `training/ctc.py` makes it."""
    head = _HEAD.format(
        languages=", ".join(LANGUAGES[code].name for code in card["languages"]),
        weights=card["weights"] / 1e6,
        origin=card["origin"],
    )
    return "\n".join([head, _data(card), _training(card), _tests(card), _LIMITS])


def _data(card: Mapping[str, Any]) -> str:
    columns = ("source", "language", "training clips", "minutes", "licence")
    rows = [
        (
            row["source"],
            row["language"],
            row["train_clips"],
            f"{row['train_minutes']:.1f}",
            row["licence"],
        )
        for row in card["data"]
    ]
    return (
        f"## Data\n\n{table(columns, rows)}\n"
        "Who passes the model on should read these licences; some want their name told.\n"
    )


def _training(card: Mapping[str, Any]) -> str:
    columns = ("trained", "steps", "minutes", "best validation CER")
    runs = [
        (run["name"] or "all", run["step"], f"{run['minutes']:.1f}", f"{run['best_cer']:.3f}")
        for run in card["runs"]
    ]
    told = f"{card['date']}, {card['machine']}: `{card['command']}`"
    return f"## Training\n\n{told}\n\n{table(columns, runs)}"


def _tests(card: Mapping[str, Any]) -> str:
    parts = ["## Held-out clips\n"]
    for title in ("by_language", "by_length", "by_source"):
        columns = (title.removeprefix("by_"), "clips", "seconds", "WER", "CER")
        rows = [
            (name, row["clips"], row["seconds"], f"{row['wer']:.3f}", f"{row['cer']:.3f}")
            for name, row in card["test"][title].items()
        ]
        parts.append(table(columns, rows))
    return "\n".join(parts)


def _dicts(found: Mapping[str, Rates]) -> dict[str, Any]:
    return {name: asdict(each) for name, each in found.items()}
