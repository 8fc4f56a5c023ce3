"""Measures the sentiment classifier on test sets, through the class that serves: umsab's eight,
Chinese and Japanese reviews, and lines of English and Finnish films.

    python -m training.evaluate_sentiment --data FOLDER [--write sentivox/weights/files/sentiment_head]

Prints a table and ends with one line of JSON; `--write` puts the scores into that head's card.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import torch

from sentivox.engines.sentiment.classifier import SentimentClassifier, SentimentText
from sentivox.settings import SentimentSettings
from training.machine import machine
from training.model_card import read_card, write_card
from training.scores import MIN_MACRO_F1, calibration_error, macro_f1
from training.sentiment.card import readme
from training.sentiment.data import (
    UMSAB,
    Example,
    held_out_films,
    read_tyqiangz_test,
    read_umsab,
)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One set in one language."""

    source: str
    language: str
    probabilities: torch.Tensor
    """(texts, 3)"""
    labels: torch.Tensor
    seconds: float

    @property
    def macro_f1(self) -> float:
        return round(macro_f1(self.probabilities, self.labels), 4)

    @property
    def calibration_error(self) -> float:
        return round(calibration_error(self.probabilities, self.labels), 4)

    def told(self) -> dict[str, object]:
        """For the card."""
        return {
            "set": self.source,
            "language": self.language,
            "macro_f1": self.macro_f1,
            "calibration_error": self.calibration_error,
            "texts": len(self.labels),
        }


def main(argv: Sequence[str] | None = None) -> None:
    arguments = _parse(argv)
    head = "embedded:sentiment-head" if arguments.head is None else str(arguments.head)
    classifier = SentimentClassifier(SentimentSettings(head=head, threads=arguments.threads))
    umsab = [
        measured(classifier, "umsab", read_umsab(arguments.data, "test", name)[: arguments.limit])
        for name in UMSAB
    ]
    others = [
        measured(classifier, each[0].source, each[: arguments.limit])
        for each in (
            *(read_tyqiangz_test(arguments.data, name) for name in ("chinese", "japanese")),
            *(held_out_films(arguments.data, code) for code in ("en", "fi")),
        )
    ]
    scores = {each.language: each.macro_f1 for each in umsab}
    texts = sum(len(each.labels) for each in umsab)
    probabilities, labels = (
        torch.cat([getattr(each, name) for each in umsab]) for name in ("probabilities", "labels")
    )
    test = {
        "mean_macro_f1": round(sum(scores.values()) / len(scores), 4),
        "macro_f1": scores,
        "calibration_error": round(calibration_error(probabilities, labels), 4),
        "texts": texts,
        "others": [each.told() for each in others],
        "texts_per_second": round(texts / sum(each.seconds for each in umsab), 1),
        "threads": arguments.threads,
        "date": date.today().isoformat(),
        "machine": machine(),
        "command": "python -m training.evaluate_sentiment --data FOLDER",
    }
    print(f"umsab, mean  {test['mean_macro_f1']:8.3f}  {test['calibration_error']:17.3f}")
    print(json.dumps(test))
    if arguments.write:
        card = read_card(arguments.write)
        good = {code for code, score in scores.items() if score >= MIN_MACRO_F1}
        languages = sorted(good | set(card["languages"]))
        card |= {"languages": languages, "test": test}
        write_card(arguments.write, card, readme(card))


def measured(classifier: SentimentClassifier, source: str, examples: Sequence[Example]) -> Measured:
    began = time.monotonic()
    probabilities = classify(classifier, examples)
    seconds = time.monotonic() - began
    labels = torch.tensor([example.label for example in examples])
    found = Measured(source, examples[0].language, probabilities, labels, seconds)
    print(
        f"{source:8} {found.language}  {found.macro_f1:8.3f}  {found.calibration_error:17.3f}  "
        f"{len(examples):5}",
        flush=True,
    )
    return found


def classify(classifier: SentimentClassifier, examples: Sequence[Example]) -> torch.Tensor:
    """Probabilities (texts, 3)."""
    items = [SentimentText(example.text, example.language) for example in examples]
    return torch.tensor(
        [[each.negative, each.neutral, each.positive] for each in classifier.classify(items)]
    )


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, required=True, help="folder with umsab")
    parser.add_argument("--head", type=Path, help="a head's folder; the package's own unless given")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--limit", type=int, help="texts of each language; all unless given")
    parser.add_argument("--write", type=Path, help="folder of the head whose card to complete")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
