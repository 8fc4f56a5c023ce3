"""Train the sentiment head and its adapters over multilingual-e5-small.

    python -m training.sentiment --data FOLDER --out sentivox/weights/files/sentiment_head

1. Read the data sets and hold a part of each out.
2. Run the frozen lower layers once over every text.
3. Drop training texts that are translations of held-out texts.
4. Fit a linear head over the unchanged encoder.
5. Train low-rank adapters in the upper layers together with the head.
6. Fit the temperature on held-out texts; write weights and card.
"""

from __future__ import annotations

import argparse
import copy
import math
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from sentivox.engines.sentiment.text_encoder import PREFIX, load_tokenizer
from sentivox.weights.resolve import resolve
from training.length_batches import batches
from training.machine import machine
from training.model_card import write_card
from training.scores import (
    MIN_MACRO_F1,
    MIN_POLAR_ACCURACY,
    best_temperature,
    calibration_error,
    macro_f1,
    polar_accuracy,
)
from training.sentiment.bert import load_bert
from training.sentiment.card import readme
from training.sentiment.data import LABELS, Example, read_all
from training.sentiment.translations import translated
from training.sentiment.upper_layers import (
    TOKENS_PER_BATCH,
    LowerStates,
    UpperClassifier,
    cached_lower_states,
)

LABELLED_AT_RANDOM = ("hi",)
"""Languages whose labels in umsab's validation set are random (docs/log.md)."""


@dataclass(frozen=True)
class TrainingOptions:
    """Options of a training run; each is also an argument of the command line."""

    seed: int = 20261122
    per_class: int = 250
    max_tokens: int = 64
    lower_layers: int = 4
    probe_texts: int = 10_000
    epochs: float = 3.0
    rank: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    average: float = 0.995
    """Decay of the moving average of the weights, which is the result."""


@dataclass(frozen=True)
class Part:
    """Texts and their lower states, in one order."""

    examples: list[Example]
    states: LowerStates

    @property
    def labels(self) -> torch.Tensor:
        return torch.tensor([example.label for example in self.examples])

    @property
    def polar(self) -> torch.Tensor:
        return torch.tensor([example.polar for example in self.examples])

    @property
    def random(self) -> torch.Tensor:
        return torch.tensor(
            [
                example.source == "umsab" and example.language in LABELLED_AT_RANDOM
                for example in self.examples
            ]
        )

    def rows(self, source: str) -> list[int]:
        return [row for row, each in enumerate(self.examples) if each.source == source]


def main(argv: Sequence[str] | None = None) -> None:
    """Train, calibrate, and write head and card."""
    arguments = _parse(argv)
    options, began = arguments.options, time.monotonic()
    torch.manual_seed(options.seed)
    torch.set_num_threads(arguments.threads)

    split = read_all(arguments.data, options.per_class, options.seed)
    encoder = resolve(arguments.encoder)
    bert = load_bert(encoder)
    tokenizer = load_tokenizer(encoder)
    tokenizer.enable_truncation(options.max_tokens)

    def through_lower_layers(examples: list[Example]) -> Part:
        texts = [PREFIX + example.text.strip() for example in examples]
        ids = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts)]
        states = cached_lower_states(bert, ids, options.lower_layers, arguments.cache)
        return Part(examples, states)

    held_out, train = through_lower_layers(split.validation), through_lower_layers(split.train)
    _print(began, f"{len(train.examples)} texts to train on, {len(held_out.examples)} held out")

    model = UpperClassifier(bert, options.lower_layers)
    rng = random.Random(options.seed)  # noqa: S311
    kept = _without_translations(model, train, held_out)
    _print(began, f"{len(train.examples) - len(kept)} film lines dropped as translations")
    fit_linear_head(model, train, rng.sample(kept, min(options.probe_texts, len(kept))))
    logits = predict(model, held_out)
    _print(began, f"linear head: {_summary(logits, held_out)}")

    if options.epochs:
        train_adapters(model, train, kept, held_out, umsab_score(logits, held_out), options, began)
        logits = predict(model, held_out)

    temperature, before, after = _calibrated(logits, held_out)
    _print(began, f"temperature {temperature:.2f}: calibration error {before:.3f} -> {after:.3f}")

    save_head(model, temperature, arguments.out)
    validation = _validation((logits / temperature).softmax(1), held_out)
    training = {
        "date": date.today().isoformat(),
        "machine": machine(),
        "minutes": (time.monotonic() - began) / 60,
        "settings": asdict(options),
        "texts": dict(Counter(train.examples[row].source for row in kept)),
        "temperature": temperature,
        "calibration_error_before": before,
        "calibration_error_after": after,
    }
    card = {
        "labels": list(LABELS),
        "encoder": arguments.encoder,
        "languages": _supported(validation),
        "training": training,
        "validation": validation,
    }
    write_card(arguments.out, card, readme(card))
    _print(began, f"written; {_summary(logits / temperature, held_out)}")


def _calibrated(logits: torch.Tensor, part: Part) -> tuple[float, float, float]:
    """The best temperature, and the calibration error without and with it."""
    whole = ~part.polar & ~part.random
    logits, labels = logits[whole], part.labels[whole]
    temperature = best_temperature(logits, labels)
    before, after = (
        calibration_error((logits / each).softmax(1), labels) for each in (1.0, temperature)
    )
    return temperature, before, after


def save_head(model: UpperClassifier, temperature: float, folder: Path) -> None:
    """Write adapters and calibrated head in half precision."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {**model.adapter(), **model.folded_head(temperature)}
    halved = {name: tensor.half().contiguous() for name, tensor in tensors.items()}
    save_file(halved, folder / "head.safetensors")
    (folder / "head.safetensors").chmod(0o644)


def fit_linear_head(
    model: UpperClassifier, part: Part, rows: Sequence[int], penalty: float = 0.005
) -> None:
    """Fit the head by logistic regression on standardised vectors, with `penalty` on squared
    weights.
    """
    vectors = embed(model, part, rows)
    labels, polar = part.labels[list(rows)], part.polar[list(rows)]
    model.center, model.spread = vectors.mean(0), vectors.std(0) + 1e-6
    standard = (vectors - model.center) / model.spread
    solver = torch.optim.LBFGS(model.head.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> float:
        solver.zero_grad()
        loss = loss_of(model.head(standard), labels, polar)
        loss = loss + penalty * model.head.weight.square().sum()
        loss.backward()
        return float(loss.item())

    solver.step(closure)


def train_adapters(
    model: UpperClassifier,
    train: Part,
    kept: Sequence[int],
    held_out: Part,
    score_to_beat: float,
    options: TrainingOptions,
    began: float,
) -> None:
    """Train adapters and head. The result are the weights of the epoch with the best score on
    umsab's validation sets, or adapters without effect if no epoch reaches `score_to_beat`.

    Scores are those of the moving average of the weights (Polyak and Juditsky 1992).
    """
    parameters = [*model.add_adapters(options.rank), *model.head.parameters()]
    optimizer = torch.optim.AdamW(
        parameters, lr=options.learning_rate, weight_decay=options.weight_decay
    )
    rng = random.Random(options.seed)  # noqa: S311
    lengths = [train.states.lengths()[row] for row in kept]
    per_epoch = len(batches(lengths, TOKENS_PER_BATCH))
    total = max(1, round(per_epoch * options.epochs))
    warm = max(1, total // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / warm, 0.5 + 0.5 * math.cos(math.pi * step / total)),
    )
    averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(options.average))
    labels, polar = train.labels, train.polar
    best, best_score, step, losses = copy.deepcopy(model.state_dict()), score_to_beat, 0, []
    while step < total:
        for group in batches(lengths, TOKENS_PER_BATCH, rng):
            rows = [kept[place] for place in group]
            model.dropout.train()
            loss = loss_of(model(*train.states.batch(rows)), labels[rows], polar[rows])
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            schedule.step()
            averaged.update_parameters(model)
            losses.append(loss.item())
            step += 1
            if step % 100 == 0:
                _print(began, f"step {step}/{total} loss {sum(losses[-100:]) / 100:.3f}")
            if step == total:
                break
        logits = predict(averaged.module, held_out)
        score = umsab_score(logits, held_out)
        _print(began, f"step {step}/{total}: {_summary(logits, held_out)}; chosen by {score:.4f}")
        if score >= best_score:
            best, best_score = copy.deepcopy(averaged.module.state_dict()), score
    model.load_state_dict(best)


def loss_of(logits: torch.Tensor, labels: torch.Tensor, polar: torch.Tensor) -> torch.Tensor:
    """Cross entropy; of a polar text over negative and positive only."""
    neutral = torch.tensor([False, True, False])
    return torch.nn.functional.cross_entropy(
        logits.masked_fill(polar[:, None] & neutral, float("-inf")), labels
    )


def embed(model: UpperClassifier, part: Part, rows: Sequence[int]) -> torch.Tensor:
    """Sentence vectors (rows, width)."""
    lengths = part.states.lengths()
    vectors = torch.empty(len(rows), len(model.center))
    with torch.no_grad():
        for group in batches([lengths[row] for row in rows], TOKENS_PER_BATCH):
            vectors[group] = model.vectors(*part.states.batch([rows[place] for place in group]))
    return vectors


def predict(model: UpperClassifier, part: Part) -> torch.Tensor:
    """Logits (texts, 3)."""
    model.dropout.eval()
    logits = torch.empty(len(part.examples), len(LABELS))
    with torch.no_grad():
        for group in batches(part.states.lengths(), TOKENS_PER_BATCH):
            logits[group] = model(*part.states.batch(group))
    return logits


def umsab_score(logits: torch.Tensor, part: Part) -> float:
    """Mean macro-F1 over umsab's languages without Hindi; 0 without texts."""
    scores = [
        row["score"]
        for row in _validation(logits.softmax(1), part)
        if row["set"] == "umsab" and row["language"] not in LABELLED_AT_RANDOM
    ]
    return sum(scores, 0.0) / max(1, len(scores))


def _without_translations(model: UpperClassifier, train: Part, held_out: Part) -> list[int]:
    films, held = train.rows("xed"), held_out.rows("xed")
    dropped: set[int] = set()
    if films and held:
        close = translated(embed(model, train, films), embed(model, held_out, held))
        dropped = {films[place] for place in close}
    return [row for row in range(len(train.examples)) if row not in dropped]


def _validation(probabilities: torch.Tensor, part: Part) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], list[int]] = {}
    for row, example in enumerate(part.examples):
        groups.setdefault((example.language, example.source), []).append(row)
    table = []
    for (language, source), rows in sorted(groups.items()):
        two = part.examples[rows[0]].polar
        measure = polar_accuracy if two else macro_f1
        score = measure(probabilities[rows], part.labels[rows])
        name = "negative or positive, accuracy" if two else "macro-F1"
        table.append(
            {
                "language": language,
                "set": source,
                "measure": name,
                "score": round(score, 4),
                "texts": len(rows),
            }
        )
    return table


def _supported(validation: Sequence[dict[str, Any]]) -> list[str]:
    return sorted(
        {
            row["language"]
            for row in validation
            if row["score"]
            >= (MIN_MACRO_F1 if row["measure"] == "macro-F1" else MIN_POLAR_ACCURACY)
        }
    )


def _summary(logits: torch.Tensor, part: Part) -> str:
    """Mean score over languages, by set and measure."""
    scores: dict[str, list[float]] = {}
    for row in _validation(logits.softmax(1), part):
        scores.setdefault(f"{row['set']} {row['measure']}", []).append(row["score"])
    return ", ".join(f"{name} {sum(each) / len(each):.3f}" for name, each in scores.items())


def _print(began: float, sentence: str) -> None:
    print(f"{time.monotonic() - began:6.0f} s  {sentence}", flush=True)


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, required=True, help="folder with the four data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder to write the head to")
    parser.add_argument("--encoder", default="embedded:multilingual-e5-small")
    parser.add_argument("--cache", type=Path, help="folder for the states of the frozen layers")
    parser.add_argument("--threads", type=int, default=2)
    for name, value in asdict(TrainingOptions()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    arguments = parser.parse_args(argv)
    fields = {name: getattr(arguments, name) for name in asdict(TrainingOptions())}
    arguments.options = TrainingOptions(**fields)
    return arguments
