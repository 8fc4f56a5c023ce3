"""Trains speech recognition: a small wav2vec2 from nothing, or a large one that is there already.

    python -m training.ctc --shards shards --languages en es --out models/ctc
    python -m training.ctc --shards shards --languages nl --base org/xls-r@revision --out models/nl
    python -m training.ctc --shards shards --languages nl el --base ./mms --adapters --out mms-new

1. Read the training texts, build the vocabulary from them: one, or with --adapters one a language.
2. Train, on as many workers as there should be. Whoever is killed goes on when started again.
3. Write the best weights as a folder that the service loads.
4. Hear the test clips through the class that serves, and write the model's card.
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
from training.ctc.evaluation import listen
from training.ctc.export import export
from training.ctc.options import CtcOptions, ModelSizes
from training.ctc.vocabulary import adapter_name, vocabulary
from training.ctc.worker import Run, work
from training.machine import machine
from training.model_card import write_card
from training.own_cluster import own_cluster


def main(argv: Sequence[str] | None = None) -> None:
    arguments = _parse(argv)
    languages = tuple(arguments.languages)
    device: Device = "cuda" if torch.cuda.is_available() else "cpu"
    base = resolve(arguments.base) if arguments.base else None

    # 1. Texts and vocabulary
    clips = read_clips(arguments.shards, "train", languages)
    _say_data(clips)
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
    heard = listen(arguments.out, test, arguments.threads, device)
    card: dict[str, Any] = {
        "languages": list(languages),
        "origin": f"trained further from {arguments.base}" if base else "trained from nothing",
        "weights": _weights(arguments.out),
        "data": _data(arguments.shards, languages, clips),
        "date": date.today().isoformat(),
        "machine": machine(),
        "command": _command(arguments),
        "options": asdict(runs[0].options),
        "runs": [{"name": run.name, **_progress(run)} for run in runs],
        "test": scores(heard),
        "examples": [{"said": each.clip.text, "written": each.text} for each in heard[:10]],
    }
    write_card(arguments.out, card, readme(card))
    print((arguments.out / "README.md").read_text("utf-8"))
    print(json.dumps({"out": str(arguments.out), **card["test"]["by_language"]}))


def runs_of(out: Path) -> Path:
    """Beside the model. Absolute, since workers run in a folder of Ray's."""
    return out.resolve().with_name(out.name + ".run")


def fit(run: Run, workers: int) -> None:
    """Blocks until the run is over. Needs Ray to be running."""
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


def _say_data(clips: Sequence[Clip]) -> None:
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
    """What was trained on, source by source."""
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
    told, cores = CtcOptions(), os.cpu_count() or 1
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--shards", type=Path, required=True, help="folder that preprocessing wrote")
    add("--languages", nargs="+", required=True, help="codes such as en es")
    add("--out", type=Path, required=True, help="folder for the model; its run is kept beside it")
    add("--base", help="folder or org/name@revision of a wav2vec2; from nothing unless given")
    add("--adapters", action="store_true", help="leave the base alone, an adapter a language")
    add("--workers", type=int, default=1, help="processes, on a GPU each where there are some")
    add("--threads", type=int, default=cores, help="of each worker")
    add("--seed", type=int, default=told.seed)
    add("--steps", type=int, default=told.steps, help="most updates")
    add("--minutes", type=float, help="most minutes of training; as many as the steps need")
    add("--batch-seconds", type=float, default=told.batch_seconds, help="of a pass, padded")
    add("--accumulate", type=int, default=told.accumulate, help="passes before an update")
    add("--learning-rate", type=float, default=told.learning_rate)
    add("--evaluate-steps", type=int, default=told.evaluate_steps, help="between checkpoints")
    add("--patience", type=int, default=told.patience, help="checkpoints without a better CER")
    arguments = parser.parse_args(argv)
    if arguments.adapters and not arguments.base:
        parser.error("--adapters needs --base: adapters are trained over a model that is there.")
    return arguments


if __name__ == "__main__":
    main()
