"""Fine-tuning of Whisper on transcribed recordings."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import torch

from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.weights.resolve import resolve
from tests.tiny_whisper import tiny_whisper
from tests.voices import spoken_pcm
from training.whisper.adapters import add_adapters
from training.whisper.audio import AudioClip, LabelledAudio
from training.whisper.language_family import IGNORED, PARTS, decoder_text, family_loss

TEXT = "Please hold the line."
LABELLED = LabelledAudio(AudioClip(spoken_pcm(TEXT), "en"), TEXT)


@pytest.fixture(scope="module")
def tokens() -> WhisperTokenizer:
    return WhisperTokenizer(resolve("embedded:whisper-base"))


def test_texts_have_timestamps_or_none(tokens: WhisperTokenizer) -> None:
    timed, untimed = (decoder_text(LABELLED, tokens, timed=each) for each in (True, False))
    for each in (timed, untimed):
        assert tokens.text(each.ids) == " " + TEXT
        assert each.next[-1] == tokens.end_of_text
        assert each.next[0] == IGNORED
        assert torch.equal(each.next[3:-1], each.ids[4:])
    assert tokens.first_timestamp in timed.next
    start, end = timed.ids[timed.ids >= tokens.first_timestamp].tolist()
    assert (end - start) / 50 == pytest.approx(LABELLED.clip.seconds, abs=0.02)
    assert untimed.ids.max() < tokens.first_timestamp


@pytest.mark.training
def test_the_loss_decreases_in_three_steps(tokens: WhisperTokenizer) -> None:
    model = tiny_whisper()
    optimizer = torch.optim.AdamW(add_adapters(model, 4, PARTS), lr=2e-2)
    losses = []
    for _ in range(4):
        other = replace(LABELLED, text="Hold the line.")
        loss = family_loss(model, [LABELLED, other], tokens, random.Random(1))  # noqa: S311
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] - 0.1
