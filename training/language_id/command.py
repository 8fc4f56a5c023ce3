"""Train a head for language detection on your own recordings.

    make shards
    python -m training.language_id --shards data/shards --languages bg cs el --out models/head

1. Encode the shards' clips once, with the detector that serves.
2. Fit the head on the training clips; choose its penalty on the validation clips.
3. Detect the test clips' languages without the head and with it.
4. Write the head and its card; `head: models/head` under `language_id` serves it.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, cast

from sentivox.engines.language_id.detector import WhisperLanguageDetector
from sentivox.engines.loading import load_language_detector
from sentivox.settings import LanguageIdSettings
from training.language_id.card import readme, scores
from training.language_id.features import extract_features
from training.language_id.head import best_head, save
from training.machine import machine
from training.model_card import write_card


def main(argv: Sequence[str] | None = None) -> None:
    """Train, evaluate, and write head and card."""
    arguments = _parse(argv)
    languages = tuple(arguments.languages)
    settings = LanguageIdSettings(model=arguments.model, threads=arguments.threads)
    detector = cast("WhisperLanguageDetector", load_language_detector(settings))
    train, validation, test = (
        extract_features(detector, arguments.shards, split, languages, arguments.clips)
        for split in ("train", "validation", "test")
    )
    head, penalty = best_head(languages, train, validation)
    save(head, arguments.out)
    card: dict[str, Any] = {
        "languages": list(languages),
        "model": arguments.model,
        "training": {
            "date": date.today().isoformat(),
            "machine": machine(),
            "clips": dict(Counter(train.languages[column] for column in train.labels.tolist())),
            "penalty": penalty,
        },
        "test": {
            "without": scores(test.log_probs.softmax(1), test),
            "with": scores(head.logits(test).softmax(1), test),
        },
    }
    write_card(arguments.out, card, readme(card))
    print((arguments.out / "README.md").read_text("utf-8"))


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--shards", type=Path, required=True, help="folder that preprocessing wrote")
    add("--languages", nargs="+", required=True, help="codes such as bg cs")
    add("--out", type=Path, required=True, help="folder for the head")
    add("--model", default=LanguageIdSettings().model, help="the detector's weights")
    add("--clips", type=int, default=400, help="most clips of a language")
    add("--threads", type=int, default=1)
    return parser.parse_args(argv)
