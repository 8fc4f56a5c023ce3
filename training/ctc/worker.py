"""A worker of a training run; Ray Train starts it in each process.

A run is a folder: `state.pt` is the checkpoint, `best.safetensors` the weights for export, and
TensorBoard's logs. A run with a checkpoint is resumed.
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
from training.ctc.batches import WorkerRank
from training.ctc.checkpoints import Progress, restore, save_best, save_state
from training.ctc.clips import Augmenter, has_augmented_copies, labelled, read_clips
from training.ctc.model import FEATURES, adapted_model, continued_model, small_model
from training.ctc.options import CtcOptions, ModelSizes
from training.ctc.trainer import Evaluation, Trainer, optimizer_of, train
from training.ctc.vocabulary import Table


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that a worker needs."""

    name: str
    """Name of the adapter to train; empty for a whole model."""
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
        """The model before training, equal at each call."""
        torch.manual_seed(self.options.seed)
        if self.base is None:
            return small_model(len(self.table), self.sizes)
        if self.name:
            return adapted_model(self.base, len(self.table), self.sizes.adapter_width)
        return continued_model(self.base, len(self.table))

    @property
    def features(self) -> Features:
        """Normalisation of the model's input."""
        return FEATURES if self.base is None else Features.read(self.base)


def work(config: dict[str, Run]) -> None:
    """Train in this process; `config` has one entry, "run"."""
    run = config["run"]
    torch.set_num_threads(run.threads)
    context = ray.train.get_context()
    worker = WorkerRank(context.get_world_rank(), context.get_world_size())
    model = run.model()
    cast("torch.nn.Module", model).to(run.device)
    frames = frames_of(model)
    clips = read_clips(run.shards, "train", run.languages)
    validation = read_clips(run.shards, "validation", run.languages)
    trainer = Trainer(
        model=model,
        trained=ray.train.torch.prepare_model(model, move_to_device=False),
        optimizer=optimizer_of(model, run.options),
        augmenter=Augmenter(
            run.options, run.features, frames, speeds=not has_augmented_copies(clips)
        ),
        table=run.table,
        device=torch.device(run.device),
        worker=worker,
    )
    progress = restore(run.folder, model, trainer.optimizer, run.options)
    train(
        trainer,
        labelled(clips, run.table, frames),
        labelled(validation, run.table, frames),
        progress,
        _reporter(run, trainer, progress),
    )


def frames_of(model: Wav2Vec2ForCTC) -> Frames:
    """Frames of the model's convolutions."""
    return Frames(tuple(model.config.conv_kernel), tuple(model.config.conv_stride))


def _reporter(run: Run, trainer: Trainer, start: Progress) -> Callable[[Evaluation], Progress]:
    """A callback for `train`: the first worker writes logs and checkpoints, and all workers
    continue from its position.
    """
    logs = None
    if trainer.worker.rank == 0:
        logs = SummaryWriter(str(run.folder / "logs"), purge_step=start.step + 1)

    def report(evaluation: Evaluation) -> Progress:
        if logs is not None:
            _write(logs, evaluation)
            if evaluation.is_best:
                save_best(run.folder, trainer.model)
            save_state(
                run.folder, trainer.model, trainer.optimizer, evaluation.progress, run.options
            )
            _print_evaluation(run, evaluation)
        progress: Progress = ray.train.collective.broadcast_from_rank_zero(evaluation.progress)
        ray.train.report({"step": progress.step, "loss": evaluation.loss, "cer": evaluation.cer})
        return progress

    return report


def _write(logs: SummaryWriter, evaluation: Evaluation) -> None:
    step = evaluation.progress.step
    logs.add_scalar("loss/train", evaluation.loss, step)
    logs.add_scalar("cer/validation", evaluation.cer, step)
    logs.add_scalar("learning_rate", evaluation.learning_rate, step)
    logs.add_text("example", f"{evaluation.example.clip.text} -> {evaluation.example.text}", step)
    logs.flush()


def _print_evaluation(run: Run, evaluation: Evaluation) -> None:
    progress, best = evaluation.progress, " *" if evaluation.is_best else ""
    name = f"{run.name} " if run.name else ""
    Console(width=160).print(
        f"{name}step {progress.step:5}/{run.options.steps}  {progress.minutes:5.1f} min  "
        f"loss {evaluation.loss:6.3f}  validation CER {evaluation.cer:6.3f}{best}  "
        f"{evaluation.example.text[:60]}",
        markup=False,
        highlight=False,
    )
