"""What the card of the sentiment head says, for people: its data, its scores, its limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sentivox.languages import LANGUAGES
from training.model_card import table

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


_NO_TEXTS = dict.fromkeys(("umsab", "xed", "tyqiangz", "afrisenti"), 0)


def readme(card: Mapping[str, Any]) -> str:
    """In Markdown; `card` as `training/sentiment.py` makes it, and `test` once it was measured."""
    parts = [_HEAD, _DATA.format(**{**_NO_TEXTS, **card["training"]["texts"]})]
    if card.get("test"):
        parts.append(_test_table(card["test"]))
    parts += [_validation_table(card), _training(card["training"]), _LIMITS]
    return "\n".join(parts)


def _test_table(test: Mapping[str, Any]) -> str:
    rows = [(code, f"{score:.3f}") for code, score in test["macro_f1"].items()]
    return (
        (
            "## umsab test sets, through the serving class\n\n"
            f"Mean macro-F1 **{test['mean_macro_f1']:.3f}**, expected calibration error "
            f"{test['calibration_error']:.3f}; {test['texts']} texts; {test['date']}, "
            f"{test['machine']}; `{test['command']}`.\n\n"
        )
        + table(("language", "macro-F1"), rows)
        + _others(test)
    )


def _others(test: Mapping[str, Any]) -> str:
    """Sets beside umsab's: reviews, and how people speak in films."""
    columns = ("set", "language", "macro-F1", "calibration error", "texts")
    rows = [
        (
            each["set"],
            each["language"],
            f"{each['macro_f1']:.3f}",
            f"{each['calibration_error']:.3f}",
            each["texts"],
        )
        for each in test.get("others", ())
    ]
    return f"\n## Other texts that it wasn't trained on\n\n{table(columns, rows)}" if rows else ""


def _validation_table(card: Mapping[str, Any]) -> str:
    columns = ("language", "set", "measure", "score", "texts")
    rows = [
        (
            LANGUAGES[row["language"]].name,
            row["set"],
            row["measure"],
            f"{row['score']:.3f}",
            row["texts"],
        )
        for row in card["validation"]
    ]
    return (
        "## Held-out texts\n\n"
        "Used to choose between passes and to fit the temperature, so a little kind.\n\n"
        f"{table(columns, rows)}\n"
        f"Supported languages: {', '.join(card['languages'])}.\n"
    )


def _training(training: Mapping[str, Any]) -> str:
    settings = ", ".join(f"{name} {value}" for name, value in training["settings"].items())
    return (
        "## Training\n\n"
        f"{training['date']}, {training['machine']}, {training['minutes']:.0f} minutes; {settings}."
        f"\nCalibration on held-out texts: temperature {training['temperature']:.2f}, expected "
        f"calibration error {training['calibration_error_before']:.3f} before and "
        f"{training['calibration_error_after']:.3f} after.\n"
    )
