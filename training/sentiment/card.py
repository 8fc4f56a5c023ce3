"""Card of the sentiment head: its data, scores and limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sentivox.languages import LANGUAGES
from training.model_card import table

_HEAD = """# Sentiment head

A classifier of three classes (negative, neutral, positive) over multilingual-e5-small: low-rank
adapters in the encoder's upper layers, merged when it is loaded, and a linear layer on the mean of
the last layer. Probabilities are calibrated; the temperature is part of the weights. Trained by
`training/sentiment`, measured by `training/sentiment/evaluate.py`; every number below is also in
`card.json`.
"""

_DATA = """## Data

| set | languages | texts | source |
|---|---|---|---|
| umsab | ar en fr de hi it pt es | {umsab} | tweets; Barbieri et al. 2022 (XLM-T) |
| xed | en fi by hand, 16 by projection | {xed} | film subtitles; Öhman et al. 2020, CC-BY-4.0 |
| tyqiangz | zh ja id ms | {tyqiangz} | reviews and comments; multilingual-sentiments |
| afrisenti | am ar ha pt sw yo | {afrisenti} | tweets; Muhammad et al. 2023, CC-BY-4.0 |

The data isn't part of this project. Licences are named where the publishers state one. Projected
film lines have no neutral class: they only separate negative from positive. The last tenth of each
xed file is held out, and its translations are dropped. Nothing was chosen by umsab's test sets.
"""

_LIMITS = """## Limits

- Trained on tweets, subtitles, reviews and comments, never on transcripts of speech.
- It classifies words only: it misses a contradicting tone of voice, and irony.
- A language without a row above relies on the encoder's transfer from other languages, and its
  results have `supported: false`.
- umsab's Hindi validation labels are probably random: a linear head and this model are both at
  chance there, and above it on the test set. umsab's Hindi is romanised and mixed with English.
- Texts longer than 128 tokens are truncated.
- Errors of speech recognition affect its results.
- It isn't meant for judging people, nor for decisions about them.
"""


_NO_TEXTS = dict.fromkeys(("umsab", "xed", "tyqiangz", "afrisenti"), 0)


def readme(card: Mapping[str, Any]) -> str:
    """The card in Markdown; `card` is that of `train.py`, with `test` once `evaluate.py` has
    run.
    """
    parts = [_HEAD, _DATA.format(**{**_NO_TEXTS, **card["training"]["texts"]})]
    if card.get("test"):
        parts.append(_test_table(card["test"]))
    parts += [_validation_table(card), _training(card["training"]), _LIMITS]
    return "\n".join(parts)


def _test_table(test: Mapping[str, Any]) -> str:
    rows = [(code, f"{score:.3f}") for code, score in test["macro_f1"].items()]
    return (
        (
            "## umsab test sets, with the serving class\n\n"
            f"Mean macro-F1 **{test['mean_macro_f1']:.3f}**, expected calibration error "
            f"{test['calibration_error']:.3f}; {test['texts']} texts; {test['date']}, "
            f"{test['machine']}; `{test['command']}`.\n\n"
        )
        + table(("language", "macro-F1"), rows)
        + _others(test)
    )


def _others(test: Mapping[str, Any]) -> str:
    """Scores on other data sets: reviews and film lines."""
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
    return f"\n## Other texts that aren't in training\n\n{table(columns, rows)}" if rows else ""


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
        "Also used to choose the epoch and to fit the temperature, so scores are slightly too "
        "high.\n\n"
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
