"""Measures the sentiment classifier on umsab's test sets, through the class that serves.

    python -m training.evaluate_sentiment --data FOLDER [--write sentivox/models/sentiment_head]

Prints a table and ends with one line of JSON; `--write` puts the scores into that head's card.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import torch

from sentivox.models.sentiment import SentimentClassifier, SentimentText
from sentivox.settings import SentimentSettings
from training.machine import machine
from training.model_card import read_card, write_card
from training.scores import MIN_MACRO_F1, calibration_error, macro_f1
from training.sentiment_card import readme
from training.sentiment_data import UMSAB, Example, read_umsab


def main(argv: Sequence[str] | None = None) -> None:
    arguments = _parse(argv)
    head = "embedded:sentiment-head" if arguments.head is None else str(arguments.head)
    classifier = SentimentClassifier(SentimentSettings(head=head, threads=arguments.threads))
    scores, everything, truth, seconds = {}, [], [], 0.0
    print("language  macro-F1  calibration error  texts")
    for name, code in UMSAB.items():
        examples = read_umsab(arguments.data, "test", name)[: arguments.limit]
        began = time.monotonic()
        probabilities = classify(classifier, examples)
        seconds += time.monotonic() - began
        labels = torch.tensor([example.label for example in examples])
        scores[code] = round(macro_f1(probabilities, labels), 4)
        error = calibration_error(probabilities, labels)
        print(f"{code:8}  {scores[code]:8.3f}  {error:17.3f}  {len(examples):5}", flush=True)
        everything.append(probabilities)
        truth.append(labels)
    test = {
        "mean_macro_f1": round(sum(scores.values()) / len(scores), 4),
        "macro_f1": scores,
        "calibration_error": round(calibration_error(torch.cat(everything), torch.cat(truth)), 4),
        "texts": sum(map(len, truth)),
        "texts_per_second": round(sum(map(len, truth)) / seconds, 1),
        "threads": arguments.threads,
        "date": date.today().isoformat(),
        "machine": machine(),
        "command": "python -m training.evaluate_sentiment --data FOLDER",
    }
    print(f"mean      {test['mean_macro_f1']:8.3f}  {test['calibration_error']:17.3f}")
    print(json.dumps(test))
    if arguments.write:
        card = read_card(arguments.write)
        good = {code for code, score in scores.items() if score >= MIN_MACRO_F1}
        languages = sorted(good | set(card["languages"]))
        card |= {"languages": languages, "test": test}
        write_card(arguments.write, card, readme(card))


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
