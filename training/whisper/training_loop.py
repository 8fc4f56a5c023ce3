"""Training of adapters: batches, warm-up, early stopping, and resuming after a kill.

Random choices depend on the seed and the step only, so a resumed run ends with the same weights as
an uninterrupted one.
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

from training.checkpoints import read_state, restore_parameters, write_state

MAX_GRADIENT_NORM = 1.0


@dataclass(frozen=True)
class Plan:
    """Options of a training run."""

    steps: int = 800
    learning_rate: float = 5e-4
    warm_up: int = 40
    """Steps of linear warm-up; the learning rate then decays like a cosine to a tenth."""
    accumulate: int = 1
    """Batches per step."""
    validate_every: int = 100
    """Steps between validations; each validation writes a checkpoint."""
    patience: int = 3
    """Validations without improvement after which training stops."""
    seed: int = 20261125


@dataclass(frozen=True, slots=True)
class Task:
    """Parameters to train, and their batches and losses."""

    parameters: Mapping[str, nn.Parameter]
    epoch: Callable[[random.Random], Sequence[list[int]]]
    """Returns the batches of an epoch, as rows."""
    loss: Callable[[list[int], random.Random], torch.Tensor]
    """Returns the loss of a batch."""
    validate: Callable[[], float]
    """Returns the validation loss."""


def train(task: Task, plan: Plan, folder: Path) -> dict[str, Any]:
    """Train; the parameters end as they were at the best validation. Return steps, validation loss
    and minutes.

    `folder` has `state.pt`, from which an equal call resumes, and TensorBoard's logs.

    Raise InvalidRequest if `folder` has a run with another plan.
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
    step, accumulated = 0, list[list[int]]()
    for epoch in count():
        for rows in task.epoch(random.Random(f"{plan.seed} epoch {epoch}")):  # noqa: S311
            accumulated.append(rows)
            if len(accumulated) == plan.accumulate:
                yield step, accumulated
                step, accumulated = step + 1, []


class _Run:
    def __init__(self, task: Task, plan: Plan, folder: Path) -> None:
        self._task, self._plan, self._folder = task, plan, folder
        parameters = list(task.parameters.values())
        self._optimizer = torch.optim.AdamW(parameters, lr=plan.learning_rate, weight_decay=0.0)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimizer, self._rate_factor)
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
            rng = random.Random(f"{self._plan.seed} step {self.step} {number}")  # noqa: S311
            loss = self._task.loss(rows, rng) / len(batches)
            loss.backward()
            self._losses.append(loss.item() * len(batches))
        nn.utils.clip_grad_norm_(self._task.parameters.values(), MAX_GRADIENT_NORM)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._schedule.step()
        self.step += 1
        if self.step % self._plan.validate_every == 0 or self.step == self._plan.steps:
            self._validate(logs)

    def resume(self) -> None:
        """Load the checkpoint, if there is one."""
        saved = read_state(self._folder, asdict(self._plan))
        if saved is None:
            return
        restore_parameters(self._task.parameters, saved["now"])
        self._best = saved["best_weights"]
        self._optimizer.load_state_dict(saved["optimizer"])
        self._schedule.load_state_dict(saved["schedule"])
        self.step, self.seconds = saved["step"], saved["seconds"]
        self.best, self._worse = saved["best"], saved["worse"]

    def finish(self) -> None:
        restore_parameters(self._task.parameters, self._best)

    def _rate_factor(self, step: int) -> float:
        """Learning rate of a step relative to the highest."""
        done = min(1.0, step / max(1, self._plan.steps))
        return min((step + 1) / max(1, self._plan.warm_up), 0.55 + 0.45 * math.cos(math.pi * done))

    def _validate(self, logs: SummaryWriter) -> None:
        validation = self._task.validate()
        better = validation < self.best
        self._worse = 0 if better else self._worse + 1
        if better:
            self.best, self._best = validation, self._copied()
        self.seconds += time.monotonic() - self._began
        self._began = time.monotonic()
        self._log(validation, logs)
        self._save()

    def _log(self, validation: float, logs: SummaryWriter) -> None:
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
