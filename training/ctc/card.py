"""Card of a CTC model: its training and its error rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sentivox.languages import LANGUAGES
from training.ctc.error_rates import Rates, Transcribed, length, rates, rates_by
from training.model_card import table

_HEAD = """# Speech recognition: {languages}

wav2vec2 with a CTC output layer, {weights:.1f} million weights, {origin}. Its text has lower-case
letters and spaces, without digits or punctuation. Trained by `training/ctc`; every number below is
also in `card.json`.

Served by `engine: ctc`; `sentivox models add` prints the lines for a config.
"""

_LIMITS = """## Limits

- It fits the speakers, rooms and subjects of its training clips. A model trained from random
  weights on an hour of one speaker fits that speaker: try yours before you trust the table.
- It has no language model: names and rare words are spelled as they sound.
- Clips of another language are transcribed in the letters of these languages.
- Test clips were held out by the shards' own split, and evaluated once, after training.
"""


def scores(transcribed: Sequence[Transcribed]) -> dict[str, Any]:
    """Error rates over all test clips, and by language, length and source."""
    return {
        "all": asdict(rates(transcribed)),
        "by_language": _dicts(rates_by(transcribed, lambda clip: clip.language)),
        "by_length": _dicts(rates_by(transcribed, length)),
        "by_source": _dicts(rates_by(transcribed, lambda clip: f"{clip.source} ({clip.language})")),
    }


def readme(card: Mapping[str, Any]) -> str:
    """The card in Markdown; `card` is that of `training/ctc/command.py`."""
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
        "Read these licences before you distribute the model; some require attribution.\n"
    )


def _training(card: Mapping[str, Any]) -> str:
    columns = ("trained", "steps", "minutes", "best validation CER")
    runs = [
        (run["name"] or "all", run["step"], f"{run['minutes']:.1f}", f"{run['best_cer']:.3f}")
        for run in card["runs"]
    ]
    description = f"{card['date']}, {card['machine']}: `{card['command']}`"
    return f"## Training\n\n{description}\n\n{table(columns, runs)}"


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
