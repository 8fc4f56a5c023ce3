"""The teacher and its student, both of them a Whisper so small that it says nothing."""

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
from training.whisper.audio import Sound
from training.whisper.student import lesson_loss, loss_of
from training.whisper.teacher import CHOICES, Lesson, Teacher

FOLDER = resolve("embedded:whisper-base")
SENTENCE = Sound(spoken_pcm("Please hold the line."), "en")


@pytest.fixture(scope="module")
def base() -> LoadedWhisper:
    return load_whisper_model(FOLDER, "bfloat16", "cpu")


@pytest.fixture(scope="module")
def lessons(base: LoadedWhisper, tmp_path_factory: pytest.TempPathFactory) -> list[Lesson]:
    """A sentence, and the same as if nobody spoke it."""
    teacher = Teacher(base, WhisperTokenizer(FOLDER), tmp_path_factory.mktemp("teacher"))
    sounds = [SENTENCE, replace(SENTENCE, spoken=False)]
    heard, read = list(teacher.lessons(sounds)), list(teacher.lessons(sounds))
    assert [len(each.texts) for each in heard] == [len(each.texts) for each in read]
    return heard


def test_a_lesson_is_the_teachers_text_with_times_and_without(lessons: list[Lesson]) -> None:
    tokens = WhisperTokenizer(FOLDER)
    timed, untimed = lessons[0].texts
    assert tokens.text(timed.ids) == tokens.text(untimed.ids) == " Please hold the line."
    assert max(timed.ids) > tokens.first_timestamp > max(untimed.ids)
    assert lessons[0].frames.shape == (int(SENTENCE.seconds * 50), 512)


def test_the_teacher_expects_its_own_text_and_its_end(lessons: list[Lesson]) -> None:
    tokens = WhisperTokenizer(FOLDER)
    for text in lessons[0].texts:
        words = [row for row, token in enumerate(text.ids) if 0 < token < tokens.end_of_text]
        assert sum(text.choices[row - 1, 0] == text.ids[row] for row in words) >= len(words) - 1
        assert text.choices[-1, 0] == tokens.end_of_text
        assert text.choices.shape == text.logprobs.shape == (len(text.ids), CHOICES)


def test_words_for_a_sound_without_a_voice_are_no_lesson(lessons: list[Lesson]) -> None:
    assert lessons[0].texts
    assert not lessons[1].texts


def test_a_student_comes_closer_to_its_teacher_in_three_steps(lessons: list[Lesson]) -> None:
    model, lesson = tiny_whisper(), replace(lessons[0], frames=lessons[0].frames[:, :WIDTH])
    optimizer = torch.optim.AdamW(add_adapters(model, rank=4), lr=2e-2)
    losses = []
    for _ in range(4):
        loss = lesson_loss(model, [lesson], random.Random(1))  # noqa: S311
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] - 0.1


def test_a_student_that_says_and_hears_the_same_has_nothing_to_learn(
    base: LoadedWhisper, lessons: list[Lesson]
) -> None:
    with torch.no_grad():
        far = loss_of(base.model, lessons[:1], lessons[0].texts[:1], 0.3)
        near = loss_of(base.model, lessons[:1], lessons[0].texts[:1], 30.0)
    assert 0 <= near < 0.02 < far


def test_an_adapter_begins_as_nothing_and_is_named_after_its_layers() -> None:
    model = tiny_whisper()
    sound = torch.zeros(1, 80, 3000)
    before = model.model.encoder(sound).last_hidden_state
    add_adapters(model, rank=2)
    assert torch.equal(model.model.encoder(sound).last_hidden_state, before)
    assert len(pairs(model)) == 2 * (len(ADAPTED["encoder"]) + len(ADAPTED["decoder"]))
    assert "model.encoder.layers.0.self_attn.q_proj.lora_a" in pairs(model)
