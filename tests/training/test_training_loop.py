"""The training loop of adapters, on the fit of a line."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tensorboardX.proto.event_pb2 import Event
from torch import nn

from sentivox.errors import InvalidRequest
from training.checkpoints import STATE_FILE
from training.whisper.training_loop import Plan, Task, train

PLAN = Plan(steps=40, learning_rate=0.1, warm_up=4, validate_every=10)
X = torch.linspace(-1, 1, 12)
Y = 3 * X + 1


def line(*, validations: list[float] | None = None, noise: float = 0.1, batch: int = 4) -> Task:
    """A task that fits a line; `validations` are returned first instead of the measured loss."""
    slope, height = nn.Parameter(torch.zeros(())), nn.Parameter(torch.zeros(()))
    given = iter(validations or [])

    def loss(rows: list[int], rng: random.Random) -> torch.Tensor:
        error = rng.uniform(-noise, noise)
        return (slope * X[rows] + height - Y[rows] + error).square().mean()

    def epoch(rng: random.Random) -> list[list[int]]:
        rows = rng.sample(range(len(X)), len(X))
        return [rows[at : at + batch] for at in range(0, len(rows), batch)]

    def validate() -> float:
        with torch.no_grad():
            return next(given, float((slope * X + height - Y).square().mean()))

    return Task({"slope": slope, "height": height}, epoch, loss, validate)


def steps_logged(folder: Path) -> list[int]:
    """Steps of the logged validations. A record is its length, a checksum, an event, a checksum."""
    (file,) = (folder / "logs").iterdir()
    content, at, steps = file.read_bytes(), 0, []
    while at < len(content):
        size = int.from_bytes(content[at : at + 8], "little")
        event = Event.FromString(content[at + 12 : at + 12 + size])
        steps += [event.step for value in event.summary.value if value.tag == "loss/validation"]
        at += 16 + size
    return steps


def test_training_fits_the_line(tmp_path: Path) -> None:
    task = line()
    before = task.validate()
    outcome = train(task, PLAN, tmp_path)
    assert outcome["steps"] == 40
    assert outcome["validation"] < before / 10
    assert outcome["validation"] == task.validate()
    assert steps_logged(tmp_path) == [10, 20, 30, 40]


def test_a_killed_run_resumes_to_the_same_weights(tmp_path: Path) -> None:
    uninterrupted, stopped, resumed = line(), line(), line()
    train(uninterrupted, PLAN, tmp_path / "uninterrupted")

    def killed() -> float:
        if (tmp_path / "twice" / STATE_FILE).is_file():
            raise KeyboardInterrupt
        return stopped.validate()

    try:
        train(replace(stopped, validate=killed), PLAN, tmp_path / "twice")
    except KeyboardInterrupt:
        train(resumed, PLAN, tmp_path / "twice")
    for name, parameter in uninterrupted.parameters.items():
        assert torch.equal(resumed.parameters[name], parameter)


def test_a_run_resumes_with_its_own_plan_only(tmp_path: Path) -> None:
    train(line(), PLAN, tmp_path)
    assert train(line(), replace(PLAN, patience=9), tmp_path)["steps"] == PLAN.steps
    with pytest.raises(InvalidRequest, match=r"another learning_rate, steps\."):
        train(line(), replace(PLAN, steps=80, learning_rate=0.2), tmp_path)


def test_training_stops_early_and_keeps_the_best_weights(tmp_path: Path) -> None:
    task = line(validations=[5.0, 1.0, 2.0, 3.0, 4.0])
    outcome = train(task, replace(PLAN, steps=1000), tmp_path)
    assert outcome["steps"] == 50
    assert outcome["validation"] == 1.0
    best = torch.load(tmp_path / STATE_FILE, weights_only=True)["best_weights"]
    assert torch.equal(task.parameters["slope"], best["slope"])


def test_gradients_of_several_batches_make_one_step(tmp_path: Path) -> None:
    """Three equal batches are an epoch, like one batch of all rows."""
    halves, whole = line(noise=0.0), line(noise=0.0, batch=len(X))
    train(halves, replace(PLAN, steps=10, accumulate=3), tmp_path / "halves")
    train(whole, replace(PLAN, steps=10), tmp_path / "whole")
    for name, parameter in whole.parameters.items():
        torch.testing.assert_close(halves.parameters[name], parameter)
