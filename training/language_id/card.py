"""What the card of a language head says: what it was taught, and what it changes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch

from sentivox.languages import LANGUAGES
from training.ctc.error_rates import LENGTHS
from training.model_card import table
from training.scores import calibration_error

if TYPE_CHECKING:
    from training.language_id.command import Lessons

MOST_CONFUSED = 3

_HEAD = """# Which language: {languages}

What recordings in these languages taught on top of {model}; every other language keeps what Whisper
gives it. Made by `training/language_head.py`; every number below is also in `card.json`.

Served by `head:` under `language_id` in a config, with the same `model`.
"""

_LIMITS = """## Limits

- It expects these languages: one that sounds like them, and was never taught, is taken for one of
  them more often than before.
- Whoever speaks in training is known by voice, room and microphone: believe the table as far as
  other people speak in its test clips. With one speaker a language it learns the speaker.
"""


def scores(probabilities: torch.Tensor, lessons: Lessons) -> dict[str, Any]:
    """How often the likeliest language is the one spoken, by language and by length, which other
    it is taken for, and the expected error of the confidence. Probabilities (clips, languages).
    """
    told = [lessons.languages[column] for column in probabilities.argmax(1).tolist()]
    spoken = [lessons.languages[column] for column in lessons.spoken.tolist()]
    right: dict[str, list[bool]] = defaultdict(list)
    lengths: dict[str, list[bool]] = defaultdict(list)
    confused: dict[str, Counter[str]] = defaultdict(Counter)
    for code, found, seconds in zip(spoken, told, lessons.seconds, strict=True):
        right[code].append(code == found)
        lengths[next(name for most, name in LENGTHS if seconds <= most)].append(code == found)
        if code != found:
            confused[code][found] += 1
    by_language = {code: _share(each) for code, each in right.items()}
    return {
        "clips": len(told),
        "right": round(sum(by_language.values()) / len(by_language), 4),
        "by_language": by_language,
        "by_length": {name: _share(lengths[name]) for _, name in LENGTHS if name in lengths},
        "taken_for": {
            code: dict(each.most_common(MOST_CONFUSED)) for code, each in confused.items()
        },
        "calibration_error": round(calibration_error(probabilities, lessons.spoken), 4),
    }


def readme(card: Mapping[str, Any]) -> str:
    """For people, in Markdown; `card` as `training/language_head.py` makes it."""
    head = _HEAD.format(
        languages=", ".join(LANGUAGES[code].name for code in card["languages"]),
        model=card["model"],
    )
    training, test = card["training"], card["test"]
    clips = ", ".join(f"{code} {count}" for code, count in training["clips"].items())
    without, taught = test["without"], test["with"]
    rows: list[Sequence[object]] = [
        (code, without["by_language"][code], taught["by_language"][code], _taken(taught, code))
        for code in card["languages"]
    ]
    rows += [
        (name, without["by_length"][name], taught["by_length"][name], "")
        for name in without["by_length"]
    ]
    rows.append(("mean of languages", without["right"], taught["right"], ""))
    rows.append(
        ("calibration error", without["calibration_error"], taught["calibration_error"], "")
    )
    return (
        f"{head}\n## Training\n\n{training['date']}, {training['machine']}; clips: {clips}; "
        f"penalty {training['penalty']:g}.\n\n## Held-out clips\n\n"
        f"{taught['clips']} clips, how often the likeliest language is right.\n\n"
        f"{table(('', 'Whisper', 'with the head', 'taken for'), rows)}\n{_LIMITS}"
    )


def _taken(scores: Mapping[str, Any], code: str) -> str:
    found = scores["taken_for"].get(code, {})
    return ", ".join(f"{other} {count}" for other, count in found.items())


def _share(right: Sequence[bool]) -> float:
    return round(sum(right) / len(right), 4)
