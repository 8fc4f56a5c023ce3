"""Distillation for short context: the teacher is Whisper base, the student a tiny Whisper."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import torch

from sentivox.engines.whisper.backends.torch.weights import LoadedWhisper, load_whisper_model
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.weights.resolve import resolve
from tests.tiny_whisper import WIDTH, tiny_whisper
from tests.voices import spoken_pcm
from training.low_rank import pairs
from training.whisper.adapters import ADAPTED, add_adapters
from training.whisper.audio import AudioClip
from training.whisper.student import distillation_loss, loss_of
from training.whisper.teacher import CHOICES, Teacher, TeacherOutput

pytestmark = pytest.mark.training

FOLDER = resolve("embedded:whisper-base")
SENTENCE = AudioClip(spoken_pcm("Please hold the line."), "en")


@pytest.fixture(scope="module")
def base() -> LoadedWhisper:
    return load_whisper_model(FOLDER, "bfloat16", "cpu")


@pytest.fixture(scope="module")
def outputs(base: LoadedWhisper, tmp_path_factory: pytest.TempPathFactory) -> list[TeacherOutput]:
    """Outputs for a sentence, and for its samples as a clip without speech."""
    teacher = Teacher(base, WhisperTokenizer(FOLDER), tmp_path_factory.mktemp("teacher"))
    clips = [SENTENCE, replace(SENTENCE, has_speech=False)]
    computed, cached = list(teacher.outputs(clips)), list(teacher.outputs(clips))
    assert [len(each.texts) for each in computed] == [len(each.texts) for each in cached]
    return computed


def test_the_teachers_text_has_a_form_with_timestamps_and_one_without(
    outputs: list[TeacherOutput],
) -> None:
    tokens = WhisperTokenizer(FOLDER)
    timed, untimed = outputs[0].texts
    assert tokens.text(timed.ids) == tokens.text(untimed.ids) == " Please hold the line."
    assert max(timed.ids) > tokens.first_timestamp > max(untimed.ids)
    assert outputs[0].frames.shape == (int(SENTENCE.seconds * 50), 512)


def test_the_teachers_own_tokens_are_its_most_probable_ones(outputs: list[TeacherOutput]) -> None:
    tokens = WhisperTokenizer(FOLDER)
    for text in outputs[0].texts:
        words = [row for row, token in enumerate(text.ids) if 0 < token < tokens.end_of_text]
        assert sum(text.choices[row - 1, 0] == text.ids[row] for row in words) >= len(words) - 1
        assert text.choices[-1, 0] == tokens.end_of_text
        assert text.choices.shape == text.logprobs.shape == (len(text.ids), CHOICES)


def test_text_for_a_clip_without_speech_is_dropped(outputs: list[TeacherOutput]) -> None:
    assert outputs[0].texts
    assert not outputs[1].texts


def test_the_students_loss_decreases_in_three_steps(outputs: list[TeacherOutput]) -> None:
    model, output = tiny_whisper(), replace(outputs[0], frames=outputs[0].frames[:, :WIDTH])
    optimizer = torch.optim.AdamW(add_adapters(model, rank=4), lr=2e-2)
    losses = []
    for _ in range(4):
        loss = distillation_loss(model, [output], random.Random(1))  # noqa: S311
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] - 0.1


def test_the_loss_of_the_teacher_itself_is_near_zero_with_full_context(
    base: LoadedWhisper, outputs: list[TeacherOutput]
) -> None:
    with torch.no_grad():
        far = loss_of(base.model, outputs[:1], outputs[0].texts[:1], 0.3)
        near = loss_of(base.model, outputs[:1], outputs[0].texts[:1], 30.0)
    assert 0 <= near < 0.02 < far


def test_a_new_adapter_has_no_effect_and_is_named_after_its_layers() -> None:
    model = tiny_whisper()
    features = torch.zeros(1, 80, 3000)
    before = model.model.encoder(features).last_hidden_state
    add_adapters(model, rank=2)
    assert torch.equal(model.model.encoder(features).last_hidden_state, before)
    assert len(pairs(model)) == 2 * (len(ADAPTED["encoder"]) + len(ADAPTED["decoder"]))
    assert "model.encoder.layers.0.self_attn.q_proj.lora_a" in pairs(model)
