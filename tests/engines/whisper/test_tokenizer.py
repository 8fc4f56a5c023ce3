from __future__ import annotations

import pytest

from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.types import RecognitionOptions
from sentivox.weights.resolve import resolve


@pytest.fixture(scope="module")
def tokens() -> WhisperTokenizer:
    return WhisperTokenizer(resolve("embedded:whisper-base"))


def ids(tokens: WhisperTokenizer, text: str) -> list[int]:
    return list(tokens._tokenizer.encode(text, add_special_tokens=False).ids)


def test_a_prompt_ends_with_language_and_task(tokens: WhisperTokenizer) -> None:
    prompt = tokens.prompt(RecognitionOptions("de", task="translate", prompt="Grüße aus Köln"))
    names = [tokens._tokenizer.id_to_token(token) for token in prompt]
    assert names[0] == "<|startofprev|>"
    assert names[-3:] == ["<|startoftranscript|>", "<|de|>", "<|translate|>"]
    assert tokens.text(prompt) == " Grüße aus Köln"


def test_a_long_prompt_keeps_its_end(tokens: WhisperTokenizer) -> None:
    prompt = tokens.prompt(RecognitionOptions("en", prompt="one two three " * 200 + "last"))
    assert len(prompt) == 1 + 223 + 3
    assert tokens.text(prompt).endswith("last")


def test_text_is_split_at_timestamps(tokens: WhisperTokenizer) -> None:
    stamp = tokens._id("<|notimestamps|>") + 1
    sequence = [stamp, *ids(tokens, " Hello."), stamp + 100, stamp + 150, *ids(tokens, " Bye.")]
    segments = tokens.segments(sequence, seconds=5.0)
    assert [(s.start, s.end, tokens.text(s.ids)) for s in segments] == [
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
def test_words_are_what_a_reader_would_call_words(
    tokens: WhisperTokenizer, text: str, language: str, words: list[str]
) -> None:
    found = tokens.words(ids(tokens, text), language)
    assert [word.strip() for word, _ in found] == words
    assert [token for _, part in found for token in part] == ids(tokens, text)


def test_scripts_without_spaces_are_split_all_the_same(tokens: WhisperTokenizer) -> None:
    words = [word for word, _ in tokens.words(ids(tokens, "明日は東京に行きます。"), "ja")]
    assert len(words) > 3
    assert "".join(words) == "明日は東京に行きます。"
    assert "。" not in words


def test_tokens_spell_their_bytes_even_inside_a_letter(tokens: WhisperTokenizer) -> None:
    text = " naïve 🙂 日本"
    assert b"".join(tokens.spelled(ids(tokens, text))).decode() == text


def test_cantonese_is_heard_as_chinese_by_weights_without_it(tokens: WhisperTokenizer) -> None:
    assert tokens.knows("yue")
    assert not tokens.knows("tlh")


def test_a_text_goes_on_where_two_times_stand_in_a_row(tokens: WhisperTokenizer) -> None:
    time = tokens.no_speech + 2 + 80
    assert tokens.goes_on([7, time, time])
    assert not tokens.goes_on([7, time])
    assert not tokens.goes_on([7, 8])
    assert not tokens.goes_on([])
