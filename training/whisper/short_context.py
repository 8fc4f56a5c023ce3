"""Train adapters for Whisper with short context by distillation from Whisper with 30 s.

    make speech-data
    python -m training.whisper.short_context --out models/short_context

1. Choose clips: single and concatenated recordings, and sounds without speech. No transcripts.
2. Compute the teacher's output of each clip once, with 30 s of context.
3. Hold a part of the clips out.
4. Train low-rank adapters on the same clips with short context padding.
5. Write the adapter and its card.

A stopped run resumes from its last checkpoint when the same command is run again.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import torch

from sentivox.engines.whisper.backends.torch.weights import load_whisper_model
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.types import WINDOW_SECONDS
from sentivox.weights.resolve import resolve
from training.low_rank import pairs
from training.whisper.adapter_card import write_adapter
from training.whisper.adapters import add_adapters
from training.whisper.audio import (
    AudioClip,
    audio_batches,
    minutes_by_language,
    nonspeech_clips,
    speech_clips,
    split_held_out,
)
from training.whisper.student import CONTEXT_PADDINGS_S, distillation_loss, loss_of
from training.whisper.teacher import Teacher, TeacherOutput
from training.whisper.training_loop import Plan, Task, train

LANGUAGES = ("bg", "cs", "el", "en", "es", "fr", "it", "nl", "ro", "ru")
CARD = {
    "title": "Whisper base with short context",
    "purpose": "speech recognition with little context after a window's end",
    "about": (
        "Low-rank adapters for Whisper base, added to its weights when it is unpacked. Whisper was "
        "trained with windows padded to 30 s, and has repetition loops on shorter ones. With these "
        "adapters and 1 s of context padding its text is that of 30 s. The teacher was Whisper "
        "base with 30 s, so no transcript was used. Trained by "
        "`training/whisper/short_context.py`, measured by "
        "`benchmarks/short_context.py`.\n\nThe audio is recordings of Debian packages "
        "(Asterisk's prompts, CC-BY-SA-3.0 and CC-BY-3.0; Fillets and Tux Paint, GPL-2) without "
        "the test recordings (`preprocessing/held_out.py`), and sounds without speech. It isn't "
        "part of this project."
    ),
    "limits": [
        "Ten languages were trained and tested: bg, cs, el, en, es, fr, it, nl, ro and ru. Its "
        "effect on Whisper's other languages isn't known.",
        "In en, it, ro, bg and el the test's speaker is in training, too, with other sentences.",
        "It is at most as accurate as Whisper base with 30 s, its teacher.",
        "No window longer than 15 s was trained; on longer ones Greek is worse than before.",
        "Studio and home recordings; no telephone calls, no crowds.",
    ],
}
VALIDATION_PADDING_S = 1.0
FULL_CONTEXT_EVERY = 6
"""Every sixth held-out clip is validated with full context, too."""


@dataclass(frozen=True)
class Options(Plan):
    """Options of the command line."""

    single: int = 50
    """Single recordings of each language."""
    joined: int = 15
    """Concatenated recordings of each language."""
    noises: int = 48
    """Sounds without speech."""
    held_out: float = 0.06
    rank: int = 16
    batch_s: float = 24.0
    """Length of a batch in seconds, padding included."""


def main(argv: Sequence[str] | None = None) -> None:
    """Train, and write adapter and card."""
    arguments, options = _parse(argv)
    torch.manual_seed(options.seed)
    base = resolve(arguments.model)

    clips = [
        *speech_clips(LANGUAGES, options.single, options.joined, options.seed),
        *nonspeech_clips(LANGUAGES, options.noises, options.seed),
    ]
    outputs = [
        output
        for output in teacher_outputs(base, clips, arguments.work / "teacher", arguments.processes)
        if output.texts
    ]
    held_out, trained_on = split_held_out(outputs, options.held_out, options.seed)
    print(f"{len(trained_on)} clips to train on, {len(held_out)} held out", flush=True)

    torch.set_num_threads(arguments.threads)  # reading recordings has set it to one
    model = load_whisper_model(base, "bfloat16", "cpu").model
    add_adapters(model, options.rank)
    parameters = {name: each for name, each in model.named_parameters() if each.requires_grad}
    own = [each.clip for each in trained_on]

    def validate() -> float:
        return validation(model, held_out, options.batch_s)

    before = validate()
    print(f"before training {before:.5f}", flush=True)
    task = Task(
        parameters=parameters,
        epoch=lambda rng: audio_batches(own, options.batch_s, rng),
        loss=lambda rows, rng: distillation_loss(model, [trained_on[row] for row in rows], rng),
        validate=validate,
    )
    outcome = train(task, options, arguments.work)
    training = {
        **outcome,
        "before": before,
        "settings": asdict(options),
        "context_paddings_s": list(CONTEXT_PADDINGS_S),
        "minutes_of_audio": minutes_by_language(own, LANGUAGES),
    }
    card = {**CARD, "model": arguments.model, "training": training}
    write_adapter(arguments.out, base, pairs(model), card)
    print(f"written; {outcome}", flush=True)


def teacher_outputs(
    base: Path, clips: Sequence[AudioClip], cache: Path, processes: int
) -> list[TeacherOutput]:
    """The teacher's output of each clip, computed by several processes of one thread each: they are
    faster than one process with several threads.
    """
    parts = [clips[number::processes] for number in range(processes)]
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        list(pool.map(_fill_cache, [base] * processes, parts, [cache] * processes))
    return list(_teacher(base, cache).outputs(clips))


def _fill_cache(base: Path, clips: Sequence[AudioClip], cache: Path) -> None:
    torch.set_num_threads(1)
    for _ in _teacher(base, cache).outputs(clips):
        pass


def _teacher(base: Path, cache: Path) -> Teacher:
    return Teacher(load_whisper_model(base, "bfloat16", "cpu"), WhisperTokenizer(base), cache)


def validation(model: torch.nn.Module, outputs: Sequence[TeacherOutput], batch_s: float) -> float:
    """Mean loss over batches of texts with timestamps and VALIDATION_PADDING_S of context padding,
    and over single clips with full context.
    """
    groups = [
        ([outputs[row] for row in rows], VALIDATION_PADDING_S)
        for rows in audio_batches([each.clip for each in outputs], batch_s)
    ]
    groups += [([each], WINDOW_SECONDS) for each in outputs[::FULL_CONTEXT_EVERY]]
    with torch.no_grad():
        losses = [
            loss_of(model, chosen, [each.texts[0] for each in chosen], context_padding_s).item()
            for chosen, context_padding_s in groups
        ]
    return sum(losses) / len(losses)


def _parse(argv: Sequence[str] | None) -> tuple[argparse.Namespace, Options]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, required=True, help="folder to write the adapter to")
    parser.add_argument("--model", default="embedded:whisper-base")
    parser.add_argument("--work", type=Path, default=Path("build/short_context"))
    parser.add_argument("--threads", type=int, default=2, help="threads of training")
    parser.add_argument("--processes", type=int, default=2, help="processes of the teacher")
    for name, value in asdict(Options()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    arguments = parser.parse_args(argv)
    return arguments, Options(**{name: getattr(arguments, name) for name in asdict(Options())})


if __name__ == "__main__":
    main()
