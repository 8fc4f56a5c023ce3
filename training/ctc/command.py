"""Train wav2vec2 with CTC: a small one from random weights, or an existing one further.

    python -m training.ctc --shards shards --languages en es --out models/ctc
    python -m training.ctc --shards shards --languages nl --base org/xls-r@revision --out models/nl
    python -m training.ctc --shards shards --languages nl el --base ./mms --adapters --out mms-new

1. Read the training texts and build the vocabulary from them; with --adapters, one per language.
2. Train on --workers processes. A killed run resumes when it is started again.
3. Write the best weights to a folder that the service loads.
4. Transcribe the test clips with the class that serves the model, and write the model's card.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import ray.train
import torch
from ray.train.torch import TorchConfig, TorchTrainer
from safetensors.torch import load_file

from preprocessing.shards import index
from sentivox.settings import Device
from sentivox.weights.resolve import resolve
from training.checkpoints import STATE_FILE
from training.ctc.card import readme, scores
from training.ctc.clips import Clip, read_clips
from training.ctc.evaluation import transcribe
from training.ctc.export import export
from training.ctc.options import CtcOptions, ModelSizes
from training.ctc.vocabulary import adapter_name, vocabulary
from training.ctc.worker import Run, work
from training.machine import machine
from training.model_card import write_card
from training.own_cluster import own_cluster


def main(argv: Sequence[str] | None = None) -> None:
    """Train, export, evaluate and write the card."""
    arguments = _parse(argv)
    languages = tuple(arguments.languages)
    device: Device = "cuda" if torch.cuda.is_available() else "cpu"
    base = resolve(arguments.base) if arguments.base else None

    # 1. Texts and vocabulary
    clips = read_clips(arguments.shards, "train", languages)
    _print_data(clips)
    groups = [(code,) for code in languages] if arguments.adapters else [languages]
    runs = [
        Run(
            name=adapter_name(group[0]) if arguments.adapters else "",
            folder=runs_of(arguments.out) / "-".join(group),
            shards=arguments.shards.resolve(),
            languages=group,
            table=vocabulary(clip.text for clip in clips if clip.language in group),
            base=base,
            sizes=ModelSizes(),
            options=_options(arguments, device),
            threads=arguments.threads,
            device=device,
        )
        for group in groups
    ]

    # 2. Training
    with own_cluster():
        for run in runs:
            fit(run, arguments.workers)

    # 3. Export
    export(runs, arguments.out)

    # 4. Test and card
    test = read_clips(arguments.shards, "test", languages)
    transcribed = transcribe(arguments.out, test, arguments.threads, device)
    card: dict[str, Any] = {
        "languages": list(languages),
        "origin": f"trained further from {arguments.base}"
        if base
        else "trained from random weights",
        "weights": _weights(arguments.out),
        "data": _data(arguments.shards, languages, clips),
        "date": date.today().isoformat(),
        "machine": machine(),
        "command": _command(arguments),
        "options": asdict(runs[0].options),
        "runs": [{"name": run.name, **_progress(run)} for run in runs],
        "test": scores(transcribed),
        "examples": [
            {"reference": each.clip.text, "recognised": each.text} for each in transcribed[:10]
        ],
    }
    write_card(arguments.out, card, readme(card))
    print((arguments.out / "README.md").read_text("utf-8"))
    print(json.dumps({"out": str(arguments.out), **card["test"]["by_language"]}))


def runs_of(out: Path) -> Path:
    """Folder of the runs, beside the model; absolute, because workers run in a folder of Ray's."""
    return out.resolve().with_name(out.name + ".run")


def fit(run: Run, workers: int) -> None:
    """Train a run to its end on `workers` processes. Ray must be running."""
    run.folder.mkdir(parents=True, exist_ok=True)
    gpu = run.device == "cuda"
    TorchTrainer(
        work,
        train_loop_config={"run": run},
        torch_config=TorchConfig(backend="nccl" if gpu else "gloo"),
        scaling_config=ray.train.ScalingConfig(
            num_workers=workers,
            use_gpu=gpu,
            resources_per_worker={"CPU": 1} | ({"GPU": 1} if gpu else {}),
        ),
        run_config=ray.train.RunConfig(
            name="ray",
            storage_path=str(run.folder.resolve()),
            failure_config=ray.train.FailureConfig(max_failures=2),
        ),
    ).fit()


def _print_data(clips: Sequence[Clip]) -> None:
    for language in sorted({clip.language for clip in clips}):
        some = [clip for clip in clips if clip.language == language]
        minutes = sum(clip.seconds for clip in some) / 60
        print(f"{language}: {len(some)} clips to train on, {minutes:.1f} minutes", flush=True)


def _options(arguments: argparse.Namespace, device: Device) -> CtcOptions:
    half = device == "cuda" and torch.cuda.is_bf16_supported()
    return CtcOptions(
        seed=arguments.seed,
        steps=arguments.steps,
        minutes=arguments.minutes,
        batch_seconds=arguments.batch_seconds,
        accumulate=arguments.accumulate,
        learning_rate=arguments.learning_rate,
        evaluate_steps=arguments.evaluate_steps,
        patience=arguments.patience,
        precision="bfloat16" if half else "float32",
    )


def _data(folder: Path, languages: Sequence[str], clips: Sequence[Clip]) -> list[dict[str, Any]]:
    """Training data by source and language, for the card."""
    listed = index(folder, "train", languages, ("source", "language", "licence")).to_pylist()
    licences = {(row["source"], row["language"]): row["licence"] for row in listed}
    rows = []
    for (source, language), licence in sorted(licences.items()):
        some = [each for each in clips if (each.source, each.language) == (source, language)]
        rows.append(
            {
                "source": source,
                "language": language,
                "licence": licence,
                "train_clips": len(some),
                "train_minutes": round(sum(each.seconds for each in some) / 60, 1),
            }
        )
    return rows


def _progress(run: Run) -> dict[str, Any]:
    state = torch.load(run.folder / STATE_FILE, map_location="cpu", weights_only=True)
    progress: dict[str, Any] = state["progress"]
    return progress


def _weights(folder: Path) -> int:
    return sum(tensor.numel() for tensor in load_file(folder / "model.safetensors").values())


def _command(arguments: argparse.Namespace) -> str:
    given = [f"--languages {' '.join(arguments.languages)}", f"--steps {arguments.steps}"]
    given += [f"--base {arguments.base}"] if arguments.base else []
    given += ["--adapters"] if arguments.adapters else []
    given += [f"--minutes {arguments.minutes:g}"] if arguments.minutes else []
    return f"python -m training.ctc --shards {arguments.shards} {' '.join(given)}"


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    defaults, cores = CtcOptions(), os.cpu_count() or 1
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--shards", type=Path, required=True, help="folder that preprocessing wrote")
    add("--languages", nargs="+", required=True, help="codes such as en es")
    add("--out", type=Path, required=True, help="folder for the model; its run is kept beside it")
    add("--base", help="folder or org/name@revision of a wav2vec2; default: random weights")
    add("--adapters", action="store_true", help="freeze the base, train an adapter per language")
    add("--workers", type=int, default=1, help="processes; each has a GPU if there are GPUs")
    add("--threads", type=int, default=cores, help="threads of each worker")
    add("--seed", type=int, default=defaults.seed)
    add("--steps", type=int, default=defaults.steps, help="most weight updates")
    add("--minutes", type=float, help="longest duration of training; default: unlimited")
    add(
        "--batch-seconds",
        type=float,
        default=defaults.batch_seconds,
        help="padded audio in a batch",
    )
    add("--accumulate", type=int, default=defaults.accumulate, help="batches per update")
    add("--learning-rate", type=float, default=defaults.learning_rate)
    add(
        "--evaluate-steps",
        type=int,
        default=defaults.evaluate_steps,
        help="updates between checkpoints",
    )
    add("--patience", type=int, default=defaults.patience, help="checkpoints without a better CER")
    arguments = parser.parse_args(argv)
    if arguments.adapters and not arguments.base:
        parser.error("--adapters needs --base: adapters are trained over an existing model.")
    return arguments
