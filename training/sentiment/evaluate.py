"""Measure the sentiment classifier on test sets, with the class that serves.

    python -m training.sentiment.evaluate --data FOLDER [--head HEAD] [--write HEAD]

The sets are umsab's eight, Chinese and Japanese reviews, and English and Finnish film lines. Prints
a table and ends with one line of JSON; `--write` stores the scores in that head's card.
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
    """Result on one data set in one language."""

    source: str
    language: str
    probabilities: torch.Tensor
    """Shape (texts, 3)."""
    labels: torch.Tensor
    seconds: float

    @property
    def macro_f1(self) -> float:
        return round(macro_f1(self.probabilities, self.labels), 4)

    @property
    def calibration_error(self) -> float:
        return round(calibration_error(self.probabilities, self.labels), 4)

    def summary(self) -> dict[str, object]:
        """Scores for the card."""
        return {
            "set": self.source,
            "language": self.language,
            "macro_f1": self.macro_f1,
            "calibration_error": self.calibration_error,
            "texts": len(self.labels),
        }


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print, and complete the card if requested."""
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
        "others": [each.summary() for each in others],
        "texts_per_second": round(texts / sum(each.seconds for each in umsab), 1),
        "threads": arguments.threads,
        "date": date.today().isoformat(),
        "machine": machine(),
        "command": "python -m training.sentiment.evaluate --data FOLDER",
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
    """Classify the texts of a data set in one language, and print its scores."""
    began = time.monotonic()
    probabilities = classify(classifier, examples)
    seconds = time.monotonic() - began
    labels = torch.tensor([example.label for example in examples])
    result = Measured(source, examples[0].language, probabilities, labels, seconds)
    print(
        f"{source:8} {result.language}  {result.macro_f1:8.3f}  {result.calibration_error:17.3f}  "
        f"{len(examples):5}",
        flush=True,
    )
    return result


def classify(classifier: SentimentClassifier, examples: Sequence[Example]) -> torch.Tensor:
    """Probabilities of all texts, shape (texts, 3)."""
    items = [SentimentText(example.text, example.language) for example in examples]
    return torch.tensor(
        [[each.negative, each.neutral, each.positive] for each in classifier.classify(items)]
    )


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, required=True, help="folder with the data sets")
    parser.add_argument("--head", type=Path, help="folder of a head; default: the embedded one")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--limit", type=int, help="most texts of each language; default: all")
    parser.add_argument("--write", type=Path, help="folder of the head whose card is completed")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
