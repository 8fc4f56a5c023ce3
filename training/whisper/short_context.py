"""Teaches Whisper to live with little context: its own answers with 30 s are the teacher.

    make speech-data
    python -m training.short_context --out sentivox/weights/files/whisper_adapters/short_context

1. Choose sounds: recordings alone and joined, and sounds without a voice. No transcripts.
2. Hear each of them once with all 30 s, and keep what was heard and said.
3. Hold a part of them out.
4. Train low-rank adapters on the same sounds with little silence after them.
5. Write the adapter and its card.

Whoever stops it may start it again with the same command: it goes on from the last checkpoint.
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
from training.whisper.audio import Sound, minutes, noises, parted, speech, together
from training.whisper.student import MARGINS_S, lesson_loss, loss_of
from training.whisper.teacher import Lesson, Teacher
from training.whisper.training_loop import Plan, Task, train

LANGUAGES = ("bg", "cs", "el", "en", "es", "fr", "it", "nl", "ro", "ru")
CARD = {
    "title": "Whisper base with short context",
    "purpose": "speech recognition with little context after a window's end",
    "about": (
        "Low-rank adapters for Whisper base, added to its weights when it is unpacked. Whisper was "
        "trained with windows padded to 30 s, and loops on less; with these it says with a second "
        "of silence after the speech what it says with all 30 s. Its own answers with 30 s were "
        "the teacher, so no transcript was used. Trained by `training/short_context.py`, measured "
        "by `benchmarks/short_context.py`.\n\nThe sounds are recordings of Debian packages "
        "(Asterisk's prompts, CC-BY-SA-3.0 and CC-BY-3.0; Fillets and Tux Paint, GPL-2) without "
        "those that are tested with (`preprocessing/held_out.py`), and sounds in which nobody "
        "speaks. They aren't part of this project."
    ),
    "limits": [
        "Ten languages were taught and tested: bg, cs, el, en, es, fr, it, nl, ro and ru. What it "
        "does to Whisper's others isn't known.",
        "In en, it, ro, bg and el the speaker who is tested with says other words in training.",
        "It hears no better than Whisper base does with 30 s: that is its teacher.",
        "No window longer than 15 s was taught; of longer ones Greek came out worse than before.",
        "Studio and home recordings; no telephone calls, no crowds.",
    ],
}
VALIDATION_MARGIN_S = 1.0
WHOLE_SHARE = 6
"""One sound in so many is validated with all 30 s."""


@dataclass(frozen=True)
class Options(Plan):
    single: int = 50
    """Recordings of each language."""
    joined: int = 15
    """More of each language that are put together of several."""
    noises: int = 48
    held_out: float = 0.06
    rank: int = 16
    batch_s: float = 24.0
    """Seconds of sound together, padding to the longest included."""


def main(argv: Sequence[str] | None = None) -> None:
    arguments, options = _parse(argv)
    torch.manual_seed(options.seed)
    base = resolve(arguments.model)

    sounds = [
        *speech(LANGUAGES, options.single, options.joined, options.seed),
        *noises(LANGUAGES, options.noises, options.seed),
    ]
    lessons = [
        lesson
        for lesson in taught(base, sounds, arguments.work / "teacher", arguments.processes)
        if lesson.texts
    ]
    held_out, trained_on = parted(lessons, options.held_out, options.seed)
    print(f"{len(trained_on)} sounds to train on, {len(held_out)} held out", flush=True)

    torch.set_num_threads(arguments.threads)  # reading recordings leaves it at one
    model = load_whisper_model(base, "bfloat16", "cpu").model
    add_adapters(model, options.rank)
    parameters = {name: each for name, each in model.named_parameters() if each.requires_grad}
    own = [each.sound for each in trained_on]

    def validate() -> float:
        return validation(model, held_out, options.batch_s)

    before = validate()
    print(f"before training {before:.5f}", flush=True)
    task = Task(
        parameters=parameters,
        epoch=lambda chance: together(own, options.batch_s, chance),
        loss=lambda rows, chance: lesson_loss(model, [trained_on[row] for row in rows], chance),
        validate=validate,
    )
    outcome = train(task, options, arguments.work)
    training = {
        **outcome,
        "before": before,
        "settings": asdict(options),
        "margins_s": list(MARGINS_S),
        "minutes_of_sound": minutes(own, LANGUAGES),
    }
    card = {**CARD, "model": arguments.model, "training": training}
    write_adapter(arguments.out, base, pairs(model), card)
    print(f"written; {outcome}", flush=True)


def taught(base: Path, sounds: Sequence[Sound], cache: Path, processes: int) -> list[Lesson]:
    """Heard by as many processes of one thread, which take less time together than one of many."""
    parts = [sounds[number::processes] for number in range(processes)]
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        list(pool.map(_hear, [base] * processes, parts, [cache] * processes))
    return list(_teacher(base, cache).lessons(sounds))


def _hear(base: Path, sounds: Sequence[Sound], cache: Path) -> None:
    torch.set_num_threads(1)
    for _ in _teacher(base, cache).lessons(sounds):
        pass


def _teacher(base: Path, cache: Path) -> Teacher:
    return Teacher(load_whisper_model(base, "bfloat16", "cpu"), WhisperTokenizer(base), cache)


def validation(model: torch.nn.Module, lessons: Sequence[Lesson], batch_s: float) -> float:
    """The mean over batches of texts with times, heard with VALIDATION_MARGIN_S; and of a few with
    all 30 s.
    """
    groups = [
        ([lessons[row] for row in rows], VALIDATION_MARGIN_S)
        for rows in together([each.sound for each in lessons], batch_s)
    ]
    groups += [([each], WINDOW_SECONDS) for each in lessons[::WHOLE_SHARE]]
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
    parser.add_argument("--threads", type=int, default=2, help="of training")
    parser.add_argument("--processes", type=int, default=2, help="that hear for the teacher")
    for name, value in asdict(Options()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    arguments = parser.parse_args(argv)
    return arguments, Options(**{name: getattr(arguments, name) for name in asdict(Options())})


if __name__ == "__main__":
    main()
