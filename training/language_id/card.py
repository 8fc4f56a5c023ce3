"""Card of a language head: its training, and the detection without and with it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from sentivox.languages import LANGUAGES
from training.ctc.error_rates import LENGTHS
from training.language_id.features import LabelledFeatures
from training.model_card import table
from training.scores import calibration_error

MAX_CONFUSED = 3
"""Most other languages listed per language."""

_HEAD = """# Language detection: {languages}

A head over {model}, trained on recordings in these languages; all other languages keep Whisper's
logits. Trained by `training/language_id`; every number below is also in `card.json`.

Served by `head:` under `language_id` in a config, with the same `model`.
"""

_LIMITS = """## Limits

- It favours these languages: a similar language without training clips is detected as one of them
  more often than before.
- It fits speakers, rooms and microphones of the training clips: the table is valid as far as the
  test clips have other speakers. With one speaker per language it learns the speaker.
"""


def scores(probabilities: torch.Tensor, features: LabelledFeatures) -> dict[str, Any]:
    """Accuracy by language and by length, the most frequent wrong languages, and the calibration
    error. `probabilities` has shape (clips, languages).
    """
    detected = [features.languages[column] for column in probabilities.argmax(1).tolist()]
    spoken = [features.languages[column] for column in features.labels.tolist()]
    right: dict[str, list[bool]] = defaultdict(list)
    lengths: dict[str, list[bool]] = defaultdict(list)
    confused: dict[str, Counter[str]] = defaultdict(Counter)
    for code, found, seconds in zip(spoken, detected, features.seconds, strict=True):
        right[code].append(code == found)
        lengths[next(name for most, name in LENGTHS if seconds <= most)].append(code == found)
        if code != found:
            confused[code][found] += 1
    by_language = {code: _share(each) for code, each in right.items()}
    return {
        "clips": len(detected),
        "right": round(sum(by_language.values()) / len(by_language), 4),
        "by_language": by_language,
        "by_length": {name: _share(lengths[name]) for _, name in LENGTHS if name in lengths},
        "taken_for": {
            code: dict(each.most_common(MAX_CONFUSED)) for code, each in confused.items()
        },
        "calibration_error": round(calibration_error(probabilities, features.labels), 4),
    }


def readme(card: Mapping[str, Any]) -> str:
    """The card in Markdown; `card` is that of `training/language_id/command.py`."""
    head = _HEAD.format(
        languages=", ".join(LANGUAGES[code].name for code in card["languages"]),
        model=card["model"],
    )
    training, test = card["training"], card["test"]
    clips = ", ".join(f"{code} {count}" for code, count in training["clips"].items())
    without, with_head = test["without"], test["with"]
    rows: list[Sequence[object]] = [
        (
            code,
            without["by_language"][code],
            with_head["by_language"][code],
            _confused(with_head, code),
        )
        for code in card["languages"]
    ]
    rows += [
        (name, without["by_length"][name], with_head["by_length"][name], "")
        for name in without["by_length"]
    ]
    rows.append(("mean of languages", without["right"], with_head["right"], ""))
    rows.append(
        ("calibration error", without["calibration_error"], with_head["calibration_error"], "")
    )
    return (
        f"{head}\n## Training\n\n{training['date']}, {training['machine']}; clips: {clips}; "
        f"penalty {training['penalty']:g}.\n\n## Held-out clips\n\n"
        f"{with_head['clips']} clips; accuracy of the most probable language.\n\n"
        f"{table(('', 'Whisper', 'with the head', 'detected instead'), rows)}\n{_LIMITS}"
    )


def _confused(scores: Mapping[str, Any], code: str) -> str:
    found = scores["taken_for"].get(code, {})
    return ", ".join(f"{other} {count}" for other, count in found.items())


def _share(right: Sequence[bool]) -> float:
    return round(sum(right) / len(right), 4)
