"""Whisper's tokens: prompts, segments, words and bytes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.types import RecognitionOptions


def test_a_prompt_ends_with_language_and_task(tokenizer: WhisperTokenizer) -> None:
    german = RecognitionOptions("de", prompt="Grüße aus Köln")
    prompt = tokenizer.prompt(german)
    translating = tokenizer.prompt(replace(german, task="translate"))
    assert prompt[-3:-1] == [tokenizer.start, tokenizer.languages()["de"]]
    assert translating[:-1] == prompt[:-1]
    assert translating[-1] != prompt[-1]
    assert tokenizer.text(prompt) == " Grüße aus Köln"


def test_a_long_prompt_keeps_its_end(tokenizer: WhisperTokenizer) -> None:
    prompt = tokenizer.prompt(RecognitionOptions("en", prompt="one two three " * 200 + "last"))
    assert len(prompt) == 1 + 223 + 3
    assert tokenizer.text(prompt).endswith("last")


def test_text_is_split_at_timestamps(tokenizer: WhisperTokenizer) -> None:
    first = tokenizer.first_timestamp
    sequence = [
        *[first, *tokenizer.ids("Hello."), first + 100],
        *[first + 150, *tokenizer.ids("Bye.")],
    ]
    segments = tokenizer.segments(sequence, seconds=5.0)
    assert [(s.start, s.end, tokenizer.text(s.ids)) for s in segments] == [
        (0.0, 2.0, " Hello."),
        (3.0, 5.0, " Bye."),
    ]


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        (" Hello there, old (grey) friend!", "en", ["Hello", "there,", "old", "(grey)", "friend!"]),
        (" ¿Qué tal? Bien.", "es", ["¿Qué", "tal?", "Bien."]),
        (" Добрый день, друзья.", "ru", ["Добрый", "день,", "друзья."]),
    ],
)
def test_words_are_split_at_spaces_with_their_punctuation(
    tokenizer: WhisperTokenizer, text: str, language: str, words: list[str]
) -> None:
    found = tokenizer.words(tokenizer.ids(text), language)
    assert [word.strip() for word, _ in found] == words
    assert [token for _, part in found for token in part] == tokenizer.ids(text)


def test_text_without_spaces_is_split_at_characters(tokenizer: WhisperTokenizer) -> None:
    words = [word for word, _ in tokenizer.words(tokenizer.ids("明日は東京に行きます。"), "ja")]
    assert len(words) > 3
    assert "".join(words).strip() == "明日は東京に行きます。"
    assert "。" not in words


def test_bytes_of_tokens_may_end_inside_a_character(tokenizer: WhisperTokenizer) -> None:
    text = " naïve 🙂 日本"
    assert b"".join(tokenizer.token_bytes(tokenizer.ids(text))).decode() == text


def test_cantonese_is_known_to_a_vocabulary_without_it(tokenizer: WhisperTokenizer) -> None:
    assert tokenizer.knows("yue")
    assert not tokenizer.knows("tlh")


def test_a_text_continues_after_two_timestamps_in_a_row(tokenizer: WhisperTokenizer) -> None:
    timestamp = tokenizer.first_timestamp + 80
    assert tokenizer.continues([7, timestamp, timestamp])
    assert not tokenizer.continues([7, timestamp])
    assert not tokenizer.continues([7, 8])
    assert not tokenizer.continues([])
