"""The training loop: weight updates, and evaluation on validation clips.

Random choices depend on the seed and the step only. A killed run repeats the steps since its last
checkpoint and ends with the same weights as an uninterrupted one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import torch
from transformers import Wav2Vec2ForCTC

from sentivox.engines.ctc.decoding import greedy
from sentivox.engines.ctc.network import CtcNetwork
from training.ctc.batches import Update, WorkerRank, updates
from training.ctc.checkpoints import Progress
from training.ctc.clips import Augmenter, LabelledClip, padded, padded_labels
from training.ctc.error_rates import Transcribed, mean_cer
from training.ctc.options import CtcOptions
from training.ctc.vocabulary import DELIMITER, SPECIAL, Table

BATCH_SIZE = 32
FINAL_RATE = 0.05
"""Final learning rate relative to the highest."""
_BLANK = SPECIAL.index("<pad>")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Result of an evaluation on validation clips."""

    progress: Progress
    loss: float
    """Mean training loss per letter since the last evaluation."""
    cer: float
    """CER on validation clips, mean over languages."""
    learning_rate: float
    example: Transcribed

    @property
    def is_best(self) -> bool:
        return self.progress.evaluations_since_best == 0


@dataclass(frozen=True, slots=True, eq=False)
class Trainer:
    """The model of one worker and everything that an update needs."""

    model: Wav2Vec2ForCTC
    trained: torch.nn.Module
    """The model, or its wrapper that averages gradients over workers."""
    optimizer: torch.optim.Optimizer
    augmenter: Augmenter
    table: Table
    device: torch.device
    worker: WorkerRank

    def update(
        self, clips: Sequence[LabelledClip], update: Update, step: int, learning_rate: float
    ) -> float:
        """Update the weights once; return the loss per letter."""
        options = self.augmenter.options
        rng = _random_generator(options.seed, step, self.worker.rank)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        self.optimizer.zero_grad()
        letters = sum(len(clips[row].labels) for rows in update.passes for row in rows)
        total = 0.0
        for rows in update.passes:
            loss = self._loss([clips[row] for row in rows], rng) / letters
            loss.backward()
            total += float(loss.item())
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), options.clip_norm)
        self.optimizer.step()
        return total

    def _loss(self, clips: Sequence[LabelledClip], rng: np.random.Generator) -> torch.Tensor:
        samples, mask = padded([self.augmenter.augment(each, rng) for each in clips])
        half = self.augmenter.options.precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=half):
            return self.trained(
                samples.to(self.device),
                attention_mask=mask.to(self.device),
                labels=padded_labels(clips).to(self.device),
            ).loss

    def transcribe(self, clips: Sequence[LabelledClip]) -> list[Transcribed]:
        """Text of each clip, without augmentation, ordered by length."""
        letters = {number: label for label, number in self.table.items()}
        letters[DELIMITER] = " "
        self.model.eval()
        network = CtcNetwork(self.model, self.augmenter.features, self.augmenter.frames)
        in_order = sorted(clips, key=lambda each: each.seconds)
        transcribed = []
        for start in range(0, len(in_order), BATCH_SIZE):
            some = in_order[start : start + BATCH_SIZE]
            for each, log_probs in zip(
                some, network.encode([one.clip.pcm for one in some]), strict=True
            ):
                text = "".join(letters.get(token, "") for token in greedy(log_probs, _BLANK))
                transcribed.append(Transcribed(each.clip, " ".join(text.split())))
        self.model.train()
        return transcribed


def optimizer_of(model: torch.nn.Module, options: CtcOptions) -> torch.optim.Optimizer:
    """AdamW without weight decay of biases and norms."""
    trained = [tensor for tensor in model.parameters() if tensor.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [x for x in trained if x.ndim > 1], "weight_decay": options.weight_decay},
        {"params": [x for x in trained if x.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=options.learning_rate, betas=(0.9, 0.98))


def train(
    trainer: Trainer,
    clips: Sequence[LabelledClip],
    validation: Sequence[LabelledClip],
    progress: Progress,
    report: Callable[[Evaluation], Progress],
) -> Progress:
    """Train from `progress` to the end and return the final position.

    `report` is called after every evaluation and returns the position that all workers share.
    """
    options = trainer.augmenter.options
    trainer.model.train()
    seconds = [each.seconds for each in clips]
    remaining = updates(seconds, options, trainer.worker, progress.epoch, progress.number)
    while not finished(progress, options):
        began, losses, learning_rate = time.monotonic(), [], 0.0
        for update in islice(remaining, _steps_until_evaluation(progress, options)):
            learning_rate = learning_rate_at(progress, options)
            losses.append(trainer.update(clips, update, progress.step, learning_rate))
            progress = replace(
                progress, step=progress.step + 1, epoch=update.epoch, number=update.number + 1
            )
        transcribed = trainer.transcribe(validation)
        cer, loss = mean_cer(transcribed), sum(losses) / len(losses)
        progress = _evaluated(progress, cer, (time.monotonic() - began) / 60)
        progress = report(Evaluation(progress, loss, cer, learning_rate, transcribed[-1]))
    return progress


def finished(progress: Progress, options: CtcOptions) -> bool:
    """Whether all steps or minutes are used up, or early stopping applies."""
    return share_done(progress, options) >= 1 or progress.evaluations_since_best >= options.patience


def share_done(progress: Progress, options: CtcOptions) -> float:
    """Share of the steps, or of the minutes if these end earlier, in [0, 1].

    Minutes are extrapolated from those until the last evaluation, because workers' clocks differ.
    """
    share = progress.step / options.steps
    if options.minutes is not None and progress.evaluated_step:
        minutes = progress.minutes * progress.step / progress.evaluated_step
        share = max(share, minutes / options.minutes)
    return min(share, 1.0)


def learning_rate_at(progress: Progress, options: CtcOptions) -> float:
    """Learning rate with linear warm-up and cosine decay."""
    warm = min(1.0, (progress.step + 1) / options.warmup_steps)
    down = 0.5 * (1 + math.cos(math.pi * share_done(progress, options)))
    return options.learning_rate * warm * (FINAL_RATE + (1 - FINAL_RATE) * down)


def _steps_until_evaluation(progress: Progress, options: CtcOptions) -> int:
    return min(options.evaluate_steps, options.steps - progress.step)


def _evaluated(progress: Progress, cer: float, minutes: float) -> Progress:
    better = cer < progress.best_cer
    return replace(
        progress,
        minutes=progress.minutes + minutes,
        evaluated_step=progress.step,
        best_cer=min(cer, progress.best_cer),
        evaluations_since_best=0 if better else progress.evaluations_since_best + 1,
    )


def _random_generator(seed: int, step: int, rank: int) -> np.random.Generator:
    """Random generator for one step of one worker.

    Also seeds numpy's global generator, which `transformers` uses for masks, and torch's, which
    dropout uses.
    """
    sequence = np.random.SeedSequence([seed, step, rank])
    words = sequence.generate_state(2)
    np.random.seed(int(words[0]))
    torch.manual_seed(int(words[1]))
    return np.random.default_rng(sequence)
