"""Fine-tune Whisper on some languages with low-rank adapters, from transcribed recordings.

    make speech-data
    python -m training.whisper.language_family --languages bg cs ru --name slavic
    python -m training.whisper.language_family --shards data/mine --languages de --name mine

1. Choose recordings with transcripts, and hold a part of them out.
2. Train low-rank adapters in encoder and decoder.
3. Write the adapter and its card.

A stopped run resumes from its last checkpoint when the same command is run again.
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
from sentivox.types import WINDOW_SECONDS, RecognitionOptions
from sentivox.weights.embedded import WHISPER_ADAPTERS
from sentivox.weights.resolve import resolve
from training.low_rank import pairs
from training.whisper.adapter_card import write_adapter
from training.whisper.adapters import (
    ADAPTED,
    UNTIMED_SHARE,
    add_adapters,
    encode_clips,
    next_tokens,
)
from training.whisper.audio import (
    LabelledAudio,
    audio_batches,
    labelled_recordings,
    minutes_by_language,
    split_held_out,
)
from training.whisper.shards import read_labelled
from training.whisper.training_loop import Plan, Task, train

CONTEXT_PADDINGS_S = (0.3, 3.0)
"""Range of the context padding after a batch's longest clip."""
FULL_CONTEXT_EVERY = 4
"""Every fourth batch, on average, has the full context of 30 s."""
SMOOTHING = 0.1
"""Label smoothing, because transcripts have errors."""
PARTS = {
    "encoder": ADAPTED["encoder"],
    "decoder": (*ADAPTED["decoder"], *ADAPTED["encoder"]),
}
"""Adapted linear layers of each encoder layer and of each decoder layer."""
HELD_OUT_AND_TRAINED_ON: tuple[Split, Split] = ("validation", "train")
"""Splits of the shards for the held-out clips and for training."""
IGNORED = -100
"""Target without a loss, the default of `cross_entropy`."""


@dataclass(frozen=True)
class Options(Plan):
    """Options of the command line."""

    recordings: int = 600
    """Most recordings of each language."""
    held_out: float = 0.06
    rank: int = 8
    batch_s: float = 24.0
    """Length of a batch in seconds, padding included."""


@dataclass(frozen=True, slots=True, eq=False)
class DecoderText:
    """Input and target tokens of the decoder for one text."""

    ids: torch.Tensor
    """Prompt and text, shape (tokens,)."""
    next: torch.Tensor
    """Target after each token, shape (tokens,); IGNORED inside the prompt."""


def main(argv: Sequence[str] | None = None) -> None:
    """Train, and write adapter and card."""
    arguments, options = _parse(argv)
    torch.manual_seed(options.seed)
    base = resolve(arguments.model)
    tokens = WhisperTokenizer(base)

    held_out, trained_on = _recordings(arguments, options)
    print(f"{len(trained_on)} recordings to train on, {len(held_out)} held out", flush=True)

    torch.set_num_threads(arguments.threads)  # reading recordings has set it to one
    model = load_whisper_model(base, "bfloat16", "cpu").model
    add_adapters(model, options.rank, PARTS)
    own, others = ([each.clip for each in part] for part in (trained_on, held_out))

    def validate() -> float:
        with torch.no_grad():
            losses = [
                family_loss(model, [held_out[row] for row in rows], tokens, random.Random(row))  # noqa: S311
                for row, rows in enumerate(audio_batches(others, options.batch_s))
            ]
        return sum(each.item() for each in losses) / len(losses)

    before = validate()
    print(f"before training {before:.5f}", flush=True)
    task = Task(
        parameters={name: each for name, each in model.named_parameters() if each.requires_grad},
        epoch=lambda rng: audio_batches(own, options.batch_s, rng),
        loss=lambda rows, rng: family_loss(model, [trained_on[row] for row in rows], tokens, rng),
        validate=validate,
    )
    outcome = train(task, options, arguments.work / arguments.name)
    training = {
        **outcome,
        "before": before,
        "settings": asdict(options),
        "minutes_of_audio": minutes_by_language(own, arguments.languages),
    }
    card = {**_about(arguments), "model": arguments.model, "training": training}
    write_adapter(WHISPER_ADAPTERS / arguments.name, base, pairs(model), card)
    print(f"written; {outcome}", flush=True)


def family_loss(
    model: WhisperForConditionalGeneration,
    labelled: Sequence[LabelledAudio],
    tokens: WhisperTokenizer,
    rng: random.Random,
) -> torch.Tensor:
    """Cross entropy of the next token, with context padding and form of text drawn by `rng`."""
    context_padding_s = (
        rng.uniform(*CONTEXT_PADDINGS_S) if rng.randrange(FULL_CONTEXT_EVERY) else WINDOW_SECONDS
    )
    texts = [decoder_text(each, tokens, timed=rng.random() >= UNTIMED_SHARE) for each in labelled]
    encoded = encode_clips(model, [each.clip for each in labelled], context_padding_s)
    logits = next_tokens(model, encoded, [each.ids for each in texts])
    targets = torch.cat([each.next for each in texts])
    return nn.functional.cross_entropy(
        logits, targets, ignore_index=IGNORED, label_smoothing=SMOOTHING
    )


def decoder_text(labelled: LabelledAudio, tokens: WhisperTokenizer, *, timed: bool) -> DecoderText:
    """Tokens of a transcript with timestamps, as in uploads, or without, as in live speech."""
    prompt = tokens.start_sequence(RecognitionOptions(labelled.clip.language))
    text = tokens.ids(labelled.text)
    if timed:
        end = tokens.first_timestamp + round(labelled.clip.seconds / SECONDS_PER_TIMESTAMP)
        text = [tokens.first_timestamp, *text, end]
    else:
        prompt = [*prompt, tokens.first_timestamp - 1]
    after = [IGNORED] * (len(prompt) - 1) + [*text, tokens.end_of_text]
    return DecoderText(torch.tensor([*prompt, *text]), torch.tensor(after))


def _recordings(
    arguments: argparse.Namespace, options: Options
) -> tuple[list[LabelledAudio], list[LabelledAudio]]:
    """Recordings held out and recordings to train on. Raises NoShards."""
    if arguments.shards is None:
        labelled = labelled_recordings(arguments.languages, options.recordings)
        return split_held_out(labelled, options.held_out, options.seed)
    held_out, trained_on = (
        read_labelled(arguments.shards, split, arguments.languages, options.recordings)
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
                "their transcripts by `training/whisper/language_family.py`."
            ),
            "limits": [f"Trained on {languages} only: serve other languages with other weights."],
        }
    return {
        "title": f"Whisper base for {languages}",
        "purpose": f"speech recognition in {languages}",
        "about": (
            f"Low-rank adapters for Whisper base, fine-tuned on recordings in {languages} and "
            "their transcripts by `training/whisper/language_family.py`. The recordings are those "
            "of Debian packages that `preprocessing/held_out.py` leaves for training; they aren't "
            "part of this project."
        ),
        "limits": [
            f"Trained on {languages} only: serve other languages with other weights.",
            "A few speakers of prompts, games and picture books; no conversations.",
        ],
    }


def _parse(argv: Sequence[str] | None) -> tuple[argparse.Namespace, Options]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--languages", nargs="+", required=True)
    parser.add_argument("--name", required=True, help="name of the adapter's folder")
    parser.add_argument(
        "--shards", type=Path, help="folder that preprocessing wrote; default: public recordings"
    )
    parser.add_argument("--model", default="embedded:whisper-base")
    parser.add_argument("--work", type=Path, default=Path("build/whisper_family"))
    parser.add_argument("--threads", type=int, default=2)
    for name, value in asdict(Options()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    arguments = parser.parse_args(argv)
    return arguments, Options(**{name: getattr(arguments, name) for name in asdict(Options())})


if __name__ == "__main__":
    main()
