"""Teaches which of one's own languages it is, from recordings: a head on what Whisper hears.

    make shards
    python -m training.language_head --shards data/shards --languages bg cs el --out models/head

1. Read the shards' clips, and hear each once with the identifier that serves.
2. Fit the head on the training clips, its penalty by the validation clips.
3. Tell the test clips' languages without it and with it.
4. Write the head and its card; `head: models/head` under `language_id` serves it.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import torch
from rich.progress import track
from safetensors.torch import save_file

from preprocessing.shards import Split, read
from preprocessing.speech_data import spread
from sentivox.engines.language_id.detector import WhisperLanguageDetector
from sentivox.engines.language_id.head import HEAD_FILE, LEAST
from sentivox.engines.loading import load_language_detector
from sentivox.errors import InvalidRequest
from sentivox.settings import LanguageIdSettings
from training.language_id.card import readme, scores
from training.machine import machine
from training.model_card import write_card

PENALTIES = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 1.0)
"""Of the squared weights; the larger, the more is left to Whisper."""
STEPS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """Clips as they were heard, in one order."""

    languages: tuple[str, ...]
    """All that Whisper knows, in the order of the columns."""
    log_probs: torch.Tensor
    """(clips, languages)"""
    voices: torch.Tensor
    """(clips, 2 width)"""
    spoken: torch.Tensor
    """(clips,), columns."""
    seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    languages: tuple[str, ...]
    weight: torch.Tensor
    """(own languages, 2 width)"""
    bias: torch.Tensor
    center: torch.Tensor
    spread: torch.Tensor

    def logits(self, lessons: Lessons) -> torch.Tensor:
        """(clips, languages), not scaled."""
        columns = torch.tensor([lessons.languages.index(code) for code in self.languages])
        learnt = ((lessons.voices - self.center) / self.spread) @ self.weight.T + self.bias
        return lessons.log_probs.index_add(1, columns, learnt)


def main(argv: Sequence[str] | None = None) -> None:
    arguments = _parse(argv)
    own = tuple(arguments.languages)
    settings = LanguageIdSettings(model=arguments.model, threads=arguments.threads)
    identifier = load_language_detector(settings)
    train, validation, test = (
        listen(identifier, arguments.shards, split, own, arguments.clips)
        for split in ("train", "validation", "test")
    )
    head, penalty = best_head(own, train, validation)
    save(head, arguments.out)
    card: dict[str, Any] = {
        "languages": list(own),
        "model": arguments.model,
        "training": {
            "date": date.today().isoformat(),
            "machine": machine(),
            "clips": dict(Counter(train.languages[row] for row in train.spoken.tolist())),
            "penalty": penalty,
        },
        "test": {
            "without": scores(test.log_probs.softmax(1), test),
            "with": scores(head.logits(test).softmax(1), test),
        },
    }
    write_card(arguments.out, card, readme(card))
    print((arguments.out / "README.md").read_text("utf-8"))


def listen(
    identifier: WhisperLanguageDetector,
    shards: Path,
    split: Split,
    languages: Sequence[str],
    most: int,
) -> Lessons:
    """So many clips of each language at most. Raises InvalidRequest when one has none."""
    chosen = []
    for code in languages:
        clips = list(read(shards, split, [code], augmented=split == "train"))
        chosen += spread(clips, min(most, len(clips)))
        if not clips:
            raise InvalidRequest(
                f"The shards in '{shards}' have nothing in '{split}' for {code}. Leave the "
                "language out, or add clips of it."
            )
    heard = [identifier.impression(clip.pcm) for clip in track(chosen, f"Listening to {split}")]
    known = tuple(sorted(heard[0].probabilities))
    return Lessons(
        languages=known,
        log_probs=torch.tensor([[each.probabilities[code] for code in known] for each in heard])
        .clamp_min(LEAST)
        .log(),
        voices=torch.stack([torch.from_numpy(each.voice) for each in heard]),
        spoken=torch.tensor([known.index(clip.language) for clip in chosen]),
        seconds=tuple(clip.seconds for clip in chosen),
    )


def best_head(own: Sequence[str], train: Lessons, validation: Lessons) -> tuple[Head, float]:
    """And its penalty: the one after which the validation clips' languages are likeliest."""
    heads = {penalty: fit(own, train, penalty) for penalty in PENALTIES}
    penalty = min(heads, key=lambda each: loss(heads[each], validation).item())
    return heads[penalty], penalty


def fit(own: Sequence[str], train: Lessons, penalty: float) -> Head:
    """Multinomial logistic regression that begins from Whisper's own probabilities."""
    width = train.voices.shape[1]
    head = Head(
        tuple(own),
        weight=torch.zeros(len(own), width, requires_grad=True),
        bias=torch.zeros(len(own), requires_grad=True),
        center=train.voices.mean(0),
        spread=train.voices.std(0) + 1e-4,
    )
    solver = torch.optim.LBFGS(
        [head.weight, head.bias], max_iter=STEPS, line_search_fn="strong_wolfe"
    )

    def closure() -> float:
        solver.zero_grad()
        cost = loss(head, train) + penalty * head.weight.square().sum()
        cost.backward()
        return float(cost.item())

    solver.step(closure)
    return Head(head.languages, head.weight.detach(), head.bias.detach(), head.center, head.spread)


def loss(head: Head, lessons: Lessons) -> torch.Tensor:
    """Mean over clips of -log p(the language spoken)."""
    return torch.nn.functional.cross_entropy(head.logits(lessons), lessons.spoken)


def save(head: Head, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        "weight": head.weight,
        "bias": head.bias,
        "center": head.center,
        "spread": head.spread,
    }
    save_file({name: each.contiguous() for name, each in tensors.items()}, folder / HEAD_FILE)


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--shards", type=Path, required=True, help="folder that preprocessing wrote")
    add("--languages", nargs="+", required=True, help="codes such as bg cs")
    add("--out", type=Path, required=True, help="folder for the head")
    add("--model", default=LanguageIdSettings().model, help="the identifier's weights")
    add("--clips", type=int, default=400, help="of a language, at most")
    add("--threads", type=int, default=1)
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
