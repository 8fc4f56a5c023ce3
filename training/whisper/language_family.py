"""Teaches Whisper the languages of a family from recordings and their words: low-rank adapters.

    make speech-data
    python -m training.whisper_family --languages bg cs ru --name slavic
    python -m training.whisper_family --shards data/mine --languages de --name mine

1. Choose recordings with their words, and hold a part of them out.
2. Train low-rank adapters in both halves of the model.
3. Write the adapter and its card.

Whoever stops it may start it again with the same command: it goes on from the last checkpoint.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn
from transformers import WhisperForConditionalGeneration

from preprocessing.shards import Split
from sentivox.engines.whisper.backends.torch.weights import load_whisper_model
from sentivox.engines.whisper.tokenizer import SECONDS_PER_TIMESTAMP, WhisperTokenizer
from sentivox.types import RecognitionOptions
from sentivox.weights.embedded import WHISPER_ADAPTERS
from sentivox.weights.resolve import resolve
from training.low_rank import pairs
from training.whisper.adapter_card import write_adapter
from training.whisper.adapters import ADAPTED, LIVE_SHARE, add_adapters, heard, next_tokens
from training.whisper.audio import Said, minutes, parted, said, together
from training.whisper.shards import read_said
from training.whisper.training_loop import Plan, Task, train

MARGINS_S = (0.3, 3.0, 30.0)
"""Silence after a batch's longest sound: between the first two, in one batch of LONG the last."""
LONG = 4
SMOOTHING = 0.1
"""Of certainty, shared out among all tokens: transcripts are wrong now and then."""
PARTS = {
    "encoder": ADAPTED["encoder"],
    "decoder": (*ADAPTED["decoder"], *ADAPTED["encoder"]),
}
"""How sound is heard, and how the language is written."""
HELD_OUT_AND_TRAINED_ON: tuple[Split, Split] = ("validation", "train")
"""Splits of shards."""
IGNORED = -100
"""What is to follow is no matter, as `cross_entropy` has it by default."""


@dataclass(frozen=True)
class Options(Plan):
    recordings: int = 600
    """Of each language, at most."""
    held_out: float = 0.06
    rank: int = 8
    batch_s: float = 24.0
    """Seconds of sound together, padding to the longest included."""


@dataclass(frozen=True, slots=True, eq=False)
class Writing:
    """A text as the decoder is taught to write it."""

    ids: torch.Tensor
    """The prompt and the text, (tokens,)."""
    next: torch.Tensor
    """What is to follow each of them, (tokens,); IGNORED inside the prompt."""


def main(argv: Sequence[str] | None = None) -> None:
    arguments, options = _parse(argv)
    torch.manual_seed(options.seed)
    base = resolve(arguments.model)
    tokens = WhisperTokenizer(base)

    held_out, trained_on = _recordings(arguments, options)
    print(f"{len(trained_on)} recordings to train on, {len(held_out)} held out", flush=True)

    torch.set_num_threads(arguments.threads)  # reading recordings leaves it at one
    model = load_whisper_model(base, "bfloat16", "cpu").model
    add_adapters(model, options.rank, PARTS)
    own, others = ([each.sound for each in part] for part in (trained_on, held_out))

    def validate() -> float:
        with torch.no_grad():
            losses = [
                family_loss(model, [held_out[row] for row in rows], tokens, random.Random(row))  # noqa: S311
                for row, rows in enumerate(together(others, options.batch_s))
            ]
        return sum(each.item() for each in losses) / len(losses)

    before = validate()
    print(f"before training {before:.5f}", flush=True)
    task = Task(
        parameters={name: each for name, each in model.named_parameters() if each.requires_grad},
        epoch=lambda chance: together(own, options.batch_s, chance),
        loss=lambda rows, chance: family_loss(
            model, [trained_on[row] for row in rows], tokens, chance
        ),
        validate=validate,
    )
    outcome = train(task, options, arguments.work / arguments.name)
    training = {
        **outcome,
        "before": before,
        "settings": asdict(options),
        "minutes_of_sound": minutes(own, arguments.languages),
    }
    card = {**_about(arguments), "model": arguments.model, "training": training}
    write_adapter(WHISPER_ADAPTERS / arguments.name, base, pairs(model), card)
    print(f"written; {outcome}", flush=True)


def family_loss(
    model: WhisperForConditionalGeneration,
    lessons: Sequence[Said],
    tokens: WhisperTokenizer,
    chance: random.Random,
) -> torch.Tensor:
    """Cross entropy of the next token, heard with a margin drawn by `chance`."""
    short, longer, whole = MARGINS_S
    context_padding_s = chance.uniform(short, longer) if chance.randrange(LONG) else whole
    writings = [writing(each, tokens, timed=chance.random() >= LIVE_SHARE) for each in lessons]
    encoded = heard(model, [each.sound for each in lessons], context_padding_s)
    logits = next_tokens(model, encoded, [each.ids for each in writings])
    told = torch.cat([each.next for each in writings])
    return nn.functional.cross_entropy(
        logits, told, ignore_index=IGNORED, label_smoothing=SMOOTHING
    )


def writing(lesson: Said, tokens: WhisperTokenizer, *, timed: bool) -> Writing:
    """With times, as uploads are written, or as live speech is."""
    prompt = tokens.start_sequence(RecognitionOptions(lesson.sound.language))
    text = tokens.ids(lesson.words)
    if timed:
        end = tokens.first_timestamp + round(lesson.sound.seconds / SECONDS_PER_TIMESTAMP)
        text = [tokens.first_timestamp, *text, end]
    else:
        prompt = [*prompt, tokens.first_timestamp - 1]
    after = [IGNORED] * (len(prompt) - 1) + [*text, tokens.end_of_text]
    return Writing(torch.tensor([*prompt, *text]), torch.tensor(after))


def _recordings(arguments: argparse.Namespace, options: Options) -> tuple[list[Said], list[Said]]:
    """Recordings held out and recordings to train on. Raises NoShards."""
    if arguments.shards is None:
        found = said(arguments.languages, options.recordings)
        return parted(found, options.held_out, options.seed)
    held_out, trained_on = (
        read_said(arguments.shards, split, arguments.languages, options.recordings)
        for split in HELD_OUT_AND_TRAINED_ON
    )
    return held_out, trained_on


def _about(arguments: argparse.Namespace) -> dict[str, object]:
    languages = ", ".join(arguments.languages)
    if arguments.shards is not None:
        return {
            "title": f"Whisper base for {languages}",
            "purpose": f"speech recognition in {languages}",
            "about": (
                f"Low-rank adapters for Whisper base, fine-tuned on recordings in {languages} and "
                "their transcripts by `training/whisper_family.py`."
            ),
            "limits": [f"Trained on {languages} alone: serve other languages with other weights."],
        }
    return {
        "title": f"Whisper base for {languages}",
        "purpose": f"speech recognition in {languages}",
        "about": (
            f"Low-rank adapters for Whisper base, fine-tuned on recordings in {languages} and "
            "their words by `training/whisper_family.py`. The recordings are those of Debian "
            "packages that `preprocessing/held_out.py` leaves for training; they aren't part of "
            "this project."
        ),
        "limits": [
            f"Trained on {languages} alone: serve other languages with other weights.",
            "A few speakers of prompts, games and picture books; no conversations.",
        ],
    }


def _parse(argv: Sequence[str] | None) -> tuple[argparse.Namespace, Options]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--languages", nargs="+", required=True)
    parser.add_argument("--name", required=True, help="of the adapter's folder")
    parser.add_argument("--shards", type=Path, help="of preprocessing; public recordings without")
    parser.add_argument("--model", default="embedded:whisper-base")
    parser.add_argument("--work", type=Path, default=Path("build/whisper_family"))
    parser.add_argument("--threads", type=int, default=2)
    for name, value in asdict(Options()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    arguments = parser.parse_args(argv)
    return arguments, Options(**{name: getattr(arguments, name) for name in asdict(Options())})


if __name__ == "__main__":
    main()
