"""The head's folder: weights, card.json for the program, README.md for people, SHA256SUMS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sentivox.languages import LANGUAGES
from sentivox.models.checksums import SUMS_FILE, sha256_of

_HEAD = """# Sentiment head

A three-way classifier (negative, neutral, positive) on multilingual-e5-small: low-rank adapters
in the encoder's upper layers, merged when it is loaded, and a linear layer on the mean of the last
layer. Probabilities are calibrated; the temperature is part of the weights. Trained by
`training/sentiment.py`, measured by `training/evaluate_sentiment.py`; every number below is also
in `card.json`.
"""

_DATA = """## Data

| set | languages | texts | source |
|---|---|---|---|
| umsab | ar en fr de hi it pt es | {umsab} | tweets; Barbieri et al. 2022 (XLM-T) |
| xed | en fi by hand, 16 by projection | {xed} | film subtitles; Öhman et al. 2020, CC-BY-4.0 |
| tyqiangz | zh ja id ms | {tyqiangz} | reviews and comments; multilingual-sentiments |
| afrisenti | am ar ha pt sw yo | {afrisenti} | tweets; Muhammad et al. 2023, CC-BY-4.0 |

The data isn't part of this project. Licences are named where their publishers state one that we
know of. Projected film lines have no neutral class: they only teach negative against positive.
The last tenth of each xed file is held out with everything that translates it; nothing was
chosen by umsab's test sets.
"""

_LIMITS = """## Limits

- Trained on tweets, subtitles, reviews and comments, never on transcripts of speech.
- It reads words only: a tone of voice that contradicts them is missed, and so is irony.
- A language without a row above is classified by what the encoder carries over from others, and
  its answers say `supported: false`.
- umsab's Hindi validation labels look random: a linear head and this model are both at chance
  there, and neither is on its test set. Its Hindi is romanised and mixed with English.
- Texts longer than 128 tokens are cut.
- Errors of speech recognition go straight into it.
- Not for judging people, nor for decisions about them.
"""


def write_card(folder: Path, card: dict[str, Any]) -> None:
    """Writes the card in both forms and the folder's hashes; head.safetensors is there already."""
    (folder / "card.json").write_text(
        json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8"
    )
    (folder / "README.md").write_text(_readme(card), "utf-8")
    names = ["README.md", "card.json", "head.safetensors"]
    sums = "".join(f"{sha256_of(folder / name)}  {name}\n" for name in names)
    (folder / SUMS_FILE).write_text(sums, "utf-8")


def read_card(folder: Path) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((folder / "card.json").read_text("utf-8"))
    return card


def _readme(card: dict[str, Any]) -> str:
    parts = [_HEAD, _DATA.format(**{**_NO_TEXTS, **card["training"]["texts"]})]
    if card.get("test"):
        parts.append(_test_table(card["test"]))
    parts += [_validation_table(card), _training(card["training"]), _LIMITS]
    return "\n".join(parts)


_NO_TEXTS = dict.fromkeys(("umsab", "xed", "tyqiangz", "afrisenti"), 0)


def _test_table(test: dict[str, Any]) -> str:
    rows = [f"| {code} | {score:.3f} |" for code, score in test["macro_f1"].items()]
    return "\n".join(
        [
            "## umsab test sets, through the serving class\n",
            f"Mean macro-F1 **{test['mean_macro_f1']:.3f}**, expected calibration error "
            f"{test['calibration_error']:.3f}; {test['texts']} texts; {test['date']}, "
            f"{test['machine']}; `{test['command']}`.\n",
            "| language | macro-F1 |",
            "|---|---|",
            *rows,
            "",
        ]
    )


def _validation_table(card: dict[str, Any]) -> str:
    rows = [
        f"| {LANGUAGES[row['language']].name} | {row['set']} | {row['measure']} "
        f"| {row['score']:.3f} | {row['texts']} |"
        for row in card["validation"]
    ]
    return "\n".join(
        [
            "## Held-out texts\n",
            "Used to choose between passes and to fit the temperature, so a little kind.\n",
            "| language | set | measure | score | texts |",
            "|---|---|---|---|---|",
            *rows,
            f"\nSupported languages: {', '.join(card['languages'])}.\n",
        ]
    )


def _training(training: dict[str, Any]) -> str:
    settings = ", ".join(f"{name} {value}" for name, value in training["settings"].items())
    return (
        "## Training\n\n"
        f"{training['date']}, {training['machine']}, {training['minutes']:.0f} minutes; {settings}."
        f"\nCalibration on held-out texts: temperature {training['temperature']:.2f}, expected "
        f"calibration error {training['calibration_error_before']:.3f} before and "
        f"{training['calibration_error_after']:.3f} after.\n"
    )
