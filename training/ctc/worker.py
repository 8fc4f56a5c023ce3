"""What every worker of a training run does; Ray Train starts it on each of them.

A run is a folder: `state.pt` to go on from, `best.safetensors` to export, TensorBoard's logs. It is
begun anew when the folder is empty, and goes on where it was otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import ray.train
import ray.train.collective
import ray.train.torch
import torch
from rich.console import Console
from tensorboardX import SummaryWriter
from transformers import Wav2Vec2ForCTC

from sentivox.engines.ctc.network import Features, Frames
from sentivox.settings import Device
from training.ctc.batches import Place
from training.ctc.checkpoints import Progress, restore, save_best, save_state
from training.ctc.clips import Hearing, changed_in_speed, labelled, read_clips
from training.ctc.model import FEATURES, adapted_model, continued_model, small_model
from training.ctc.options import CtcOptions, ModelSizes
from training.ctc.trainer import Learner, Look, optimizer_of, train
from training.ctc.vocabulary import Table


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that a worker has to know."""

    name: str
    """Of the adapter that is trained; empty for a whole model."""
    folder: Path
    shards: Path
    languages: tuple[str, ...]
    table: Table
    base: Path | None
    sizes: ModelSizes
    options: CtcOptions
    threads: int
    device: Device

    def model(self) -> Wav2Vec2ForCTC:
        """As it is before anything was learnt; the same at each call."""
        torch.manual_seed(self.options.seed)
        if self.base is None:
            return small_model(len(self.table), self.sizes)
        if self.name:
            return adapted_model(self.base, len(self.table), self.sizes.adapter_width)
        return continued_model(self.base, len(self.table))

    @property
    def features(self) -> Features:
        return FEATURES if self.base is None else Features.read(self.base)


def work(told: dict[str, Run]) -> None:
    """On each worker; what it is told has one entry, "run"."""
    run = told["run"]
    torch.set_num_threads(run.threads)
    context = ray.train.get_context()
    place = Place(context.get_world_rank(), context.get_world_size())
    model = run.model()
    cast("torch.nn.Module", model).to(run.device)
    frames = frames_of(model)
    clips = read_clips(run.shards, "train", run.languages)
    validation = read_clips(run.shards, "validation", run.languages)
    learner = Learner(
        model=model,
        trained=ray.train.torch.prepare_model(model, move_to_device=False),
        optimizer=optimizer_of(model, run.options),
        hearing=Hearing(run.options, run.features, frames, speeds=not changed_in_speed(clips)),
        table=run.table,
        device=torch.device(run.device),
        place=place,
    )
    progress = restore(run.folder, model, learner.optimizer, run.options)
    train(
        learner,
        labelled(clips, run.table, frames),
        labelled(validation, run.table, frames),
        progress,
        _teller(run, learner, progress),
    )


def frames_of(model: Wav2Vec2ForCTC) -> Frames:
    return Frames(tuple(model.config.conv_kernel), tuple(model.config.conv_stride))


def _teller(run: Run, learner: Learner, begun: Progress) -> Callable[[Look], Progress]:
    """The first worker writes everything down; the others take over where it stands."""
    logs = None
    if learner.place.rank == 0:
        logs = SummaryWriter(str(run.folder / "logs"), purge_step=begun.step + 1)

    def tell(look: Look) -> Progress:
        if logs is not None:
            _write(logs, look)
            if look.is_best:
                save_best(run.folder, learner.model)
            save_state(run.folder, learner.model, learner.optimizer, look.progress, run.options)
            _say(run, look)
        progress: Progress = ray.train.collective.broadcast_from_rank_zero(look.progress)
        ray.train.report({"step": progress.step, "loss": look.loss, "cer": look.cer})
        return progress

    return tell


def _write(logs: SummaryWriter, look: Look) -> None:
    step = look.progress.step
    logs.add_scalar("loss/train", look.loss, step)
    logs.add_scalar("cer/validation", look.cer, step)
    logs.add_scalar("learning_rate", look.rate, step)
    logs.add_text("example", f"{look.example.clip.text} -> {look.example.text}", step)
    logs.flush()


def _say(run: Run, look: Look) -> None:
    told, best = look.progress, " *" if look.is_best else ""
    name = f"{run.name} " if run.name else ""
    Console(width=160).print(
        f"{name}step {told.step:5}/{run.options.steps}  {told.minutes:5.1f} min  "
        f"loss {look.loss:6.3f}  validation CER {look.cer:6.3f}{best}  {look.example.text[:60]}",
        markup=False,
        highlight=False,
    )
