"""The loop: hear a batch, change the weights, now and then look how it goes on other clips.

What chance decides follows from the seed and the step alone. A run that was killed repeats the
steps since its last checkpoint and ends with the weights that it would have had.
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
from training.ctc.batches import Place, Update, updates
from training.ctc.checkpoints import Progress
from training.ctc.clips import Hearing, LabelledClip, padded, padded_labels
from training.ctc.error_rates import Heard, mean_cer
from training.ctc.options import CtcOptions
from training.ctc.vocabulary import DELIMITER, SPECIAL, Table

HEARD_AT_ONCE = 32
LOWEST_RATE = 0.05
"""Of the learning rate, which it comes down to."""
_BLANK = SPECIAL.index("<pad>")


@dataclass(frozen=True, slots=True)
class Look:
    """How it goes."""

    progress: Progress
    loss: float
    """Mean over the letters since the last look."""
    cer: float
    """Mean over languages, on validation clips."""
    rate: float
    example: Heard

    @property
    def is_best(self) -> bool:
        return self.progress.looks_since_best == 0


@dataclass(frozen=True, slots=True, eq=False)
class Learner:
    model: Wav2Vec2ForCTC
    trained: torch.nn.Module
    """What is called in training: the model, or what shares its gradients among workers."""
    optimizer: torch.optim.Optimizer
    hearing: Hearing
    table: Table
    device: torch.device
    place: Place

    def learn(self, clips: Sequence[LabelledClip], update: Update, step: int, rate: float) -> float:
        """One change of the weights. The loss, a letter."""
        options = self.hearing.options
        chance = _chance(options.seed, step, self.place.rank)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad()
        letters = sum(len(clips[row].labels) for rows in update.passes for row in rows)
        total = 0.0
        for rows in update.passes:
            loss = self._loss([clips[row] for row in rows], chance) / letters
            loss.backward()
            total += float(loss.item())
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), options.clip_norm)
        self.optimizer.step()
        return total

    def _loss(self, clips: Sequence[LabelledClip], chance: np.random.Generator) -> torch.Tensor:
        samples, mask = padded([self.hearing.of(each, chance) for each in clips])
        half = self.hearing.options.precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=half):
            return self.trained(
                samples.to(self.device),
                attention_mask=mask.to(self.device),
                labels=padded_labels(clips).to(self.device),
            ).loss

    def listen(self, clips: Sequence[LabelledClip]) -> list[Heard]:
        """What the model writes, without any change to the clips."""
        letters = {number: label for label, number in self.table.items()}
        letters[DELIMITER] = " "
        self.model.eval()
        network = CtcNetwork(self.model, self.hearing.features, self.hearing.frames)
        in_order = sorted(clips, key=lambda each: each.seconds)
        heard = []
        for start in range(0, len(in_order), HEARD_AT_ONCE):
            some = in_order[start : start + HEARD_AT_ONCE]
            for each, log_probs in zip(
                some, network.hear([one.clip.pcm for one in some]), strict=True
            ):
                text = "".join(letters.get(token, "") for token in greedy(log_probs, _BLANK))
                heard.append(Heard(each.clip, " ".join(text.split())))
        self.model.train()
        return heard


def optimizer_of(model: torch.nn.Module, options: CtcOptions) -> torch.optim.Optimizer:
    """AdamW, which lets biases and norms be."""
    trained = [tensor for tensor in model.parameters() if tensor.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [x for x in trained if x.ndim > 1], "weight_decay": options.weight_decay},
        {"params": [x for x in trained if x.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=options.learning_rate, betas=(0.9, 0.98))


def train(
    learner: Learner,
    clips: Sequence[LabelledClip],
    validation: Sequence[LabelledClip],
    progress: Progress,
    tell: Callable[[Look], Progress],
) -> Progress:
    """Goes on from `progress` to the end. `tell` is called at every look, and returns where
    all workers stand.
    """
    options = learner.hearing.options
    learner.model.train()
    seconds = [each.seconds for each in clips]
    coming = updates(seconds, options, learner.place, progress.epoch, progress.number)
    while not finished(progress, options):
        began, losses, rate = time.monotonic(), [], 0.0
        for update in islice(coming, _steps_until_look(progress, options)):
            rate = rate_at(progress, options)
            losses.append(learner.learn(clips, update, progress.step, rate))
            progress = replace(
                progress, step=progress.step + 1, epoch=update.epoch, number=update.number + 1
            )
        heard = learner.listen(validation)
        cer, loss = mean_cer(heard), sum(losses) / len(losses)
        progress = _looked(progress, cer, (time.monotonic() - began) / 60)
        progress = tell(Look(progress, loss, cer, rate, heard[-1]))
    return progress


def finished(progress: Progress, options: CtcOptions) -> bool:
    return share_done(progress, options) >= 1 or progress.looks_since_best >= options.patience


def share_done(progress: Progress, options: CtcOptions) -> float:
    """Of the steps, or of the minutes where those end earlier; 0 to 1.

    Minutes are reckoned from those until the last look, or workers would differ.
    """
    share = progress.step / options.steps
    if options.minutes is not None and progress.looked_at_step:
        minutes = progress.minutes * progress.step / progress.looked_at_step
        share = max(share, minutes / options.minutes)
    return min(share, 1.0)


def rate_at(progress: Progress, options: CtcOptions) -> float:
    """A line up, then half a cosine down."""
    warm = min(1.0, (progress.step + 1) / options.warmup_steps)
    down = 0.5 * (1 + math.cos(math.pi * share_done(progress, options)))
    return options.learning_rate * warm * (LOWEST_RATE + (1 - LOWEST_RATE) * down)


def _steps_until_look(progress: Progress, options: CtcOptions) -> int:
    return min(options.evaluate_steps, options.steps - progress.step)


def _looked(progress: Progress, cer: float, minutes: float) -> Progress:
    better = cer < progress.best_cer
    return replace(
        progress,
        minutes=progress.minutes + minutes,
        looked_at_step=progress.step,
        best_cer=min(cer, progress.best_cer),
        looks_since_best=0 if better else progress.looks_since_best + 1,
    )


def _chance(seed: int, step: int, rank: int) -> np.random.Generator:
    """For one step of one worker. `transformers` draws its masks from numpy's own generator, and
    torch drops out by torch's.
    """
    sequence = np.random.SeedSequence([seed, step, rank])
    words = sequence.generate_state(2)
    np.random.seed(int(words[0]))
    torch.manual_seed(int(words[1]))
    return np.random.default_rng(sequence)
