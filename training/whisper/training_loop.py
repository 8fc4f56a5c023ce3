"""Training of an adapter: batches, warm-up, early stopping, and going on after a kill.

All chance comes from the seed and the number of the step, so that a run that was killed goes on to
the weights that it would have had.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any

import torch
from tensorboardX import SummaryWriter
from torch import nn

from training.checkpoints import put_back, read_state, write_state

MOST_GRADIENT = 1.0
"""The norm that a step's gradient is held to."""


@dataclass(frozen=True)
class Plan:
    steps: int = 800
    learning_rate: float = 5e-4
    warm_up: int = 40
    """Steps until the learning rate is reached; after them it falls like a cosine, to a tenth."""
    accumulate: int = 1
    """Batches a step."""
    validate_every: int = 100
    """Steps; a checkpoint is written then."""
    patience: int = 3
    """Validations in a row without a better one before training stops early."""
    seed: int = 20261125


@dataclass(frozen=True, slots=True)
class Task:
    """What is trained, and by what."""

    parameters: Mapping[str, nn.Parameter]
    epoch: Callable[[random.Random], Sequence[list[int]]]
    """All rows once, in batches."""
    loss: Callable[[list[int], random.Random], torch.Tensor]
    """Of a batch."""
    validate: Callable[[], float]
    """Of what isn't trained on; less is better."""


def train(task: Task, plan: Plan, folder: Path) -> dict[str, Any]:
    """Leaves the parameters as they were at the best validation; returns what the run was like.

    `folder` holds `state.pt`, from which the same call goes on, and TensorBoard's logs.

    Raises InvalidRequest where it holds a run by another plan.
    """
    run = _Run(task, plan, folder)
    run.resume()
    with SummaryWriter(str(folder / "logs"), purge_step=run.step + 1) as logs:
        for step, batches in _steps(task, plan):
            if run.over:
                break
            if step >= run.step:
                run.take(batches, logs)
    run.finish()
    return {"steps": run.step, "validation": run.best, "minutes": round(run.seconds / 60, 1)}


def _steps(task: Task, plan: Plan) -> Iterator[tuple[int, list[list[int]]]]:
    step, held = 0, list[list[int]]()
    for epoch in count():
        for rows in task.epoch(random.Random(f"{plan.seed} epoch {epoch}")):  # noqa: S311
            held.append(rows)
            if len(held) == plan.accumulate:
                yield step, held
                step, held = step + 1, []


class _Run:
    def __init__(self, task: Task, plan: Plan, folder: Path) -> None:
        self._task, self._plan, self._folder = task, plan, folder
        parameters = list(task.parameters.values())
        self._optimizer = torch.optim.AdamW(parameters, lr=plan.learning_rate, weight_decay=0.0)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimizer, self._share)
        self.step, self.seconds, self.best = 0, 0.0, math.inf
        self._worse = 0
        self._best = self._copied()
        self._losses: list[float] = []
        self._began = time.monotonic()

    @property
    def over(self) -> bool:
        return self.step >= self._plan.steps or self._worse >= self._plan.patience

    def take(self, batches: Sequence[list[int]], logs: SummaryWriter) -> None:
        for number, rows in enumerate(batches):
            chance = random.Random(f"{self._plan.seed} step {self.step} {number}")  # noqa: S311
            loss = self._task.loss(rows, chance) / len(batches)
            loss.backward()
            self._losses.append(loss.item() * len(batches))
        nn.utils.clip_grad_norm_(self._task.parameters.values(), MOST_GRADIENT)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._schedule.step()
        self.step += 1
        if self.step % self._plan.validate_every == 0 or self.step == self._plan.steps:
            self._validate(logs)

    def resume(self) -> None:
        """Does nothing where no run began in the folder."""
        saved = read_state(self._folder, asdict(self._plan))
        if saved is None:
            return
        put_back(self._task.parameters, saved["now"])
        self._best = saved["best_weights"]
        self._optimizer.load_state_dict(saved["optimizer"])
        self._schedule.load_state_dict(saved["schedule"])
        self.step, self.seconds = saved["step"], saved["seconds"]
        self.best, self._worse = saved["best"], saved["worse"]

    def finish(self) -> None:
        put_back(self._task.parameters, self._best)

    def _share(self, step: int) -> float:
        """Of the learning rate."""
        done = min(1.0, step / max(1, self._plan.steps))
        return min((step + 1) / max(1, self._plan.warm_up), 0.55 + 0.45 * math.cos(math.pi * done))

    def _validate(self, logs: SummaryWriter) -> None:
        found = self._task.validate()
        better = found < self.best
        self._worse = 0 if better else self._worse + 1
        if better:
            self.best, self._best = found, self._copied()
        self.seconds += time.monotonic() - self._began
        self._began = time.monotonic()
        self._say(found, logs)
        self._save()

    def _say(self, validation: float, logs: SummaryWriter) -> None:
        loss = sum(self._losses) / len(self._losses)
        self._losses = []
        logs.add_scalar("loss/train", loss, self.step)
        logs.add_scalar("loss/validation", validation, self.step)
        logs.add_scalar("learning_rate", self._schedule.get_last_lr()[0], self.step)
        logs.flush()
        print(
            f"step {self.step:5}/{self._plan.steps}  {self.seconds / 60:5.1f} min  "
            f"loss {loss:8.5f}  validation {validation:8.5f}{'' if self._worse else ' *'}",
            flush=True,
        )

    def _save(self) -> None:
        state = {
            "now": self._copied(),
            "best_weights": self._best,
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "best": self.best,
            "worse": self._worse,
        }
        write_state(self._folder, state, asdict(self._plan))

    def _copied(self) -> dict[str, torch.Tensor]:
        return {name: each.detach().clone() for name, each in self._task.parameters.items()}
