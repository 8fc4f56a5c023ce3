"""Whisper's tokens: prompts to token ids, and token ids to segments, words and text.

The order of special tokens is that of the Whisper paper, figure 1: the prompt is
`<|startofprev|> previous text <|startoftranscript|> <|language|> <|task|>`, after which the model
decodes `<|start|> text <|end|>` for each segment, with times in steps of 20 ms.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tokenizers import Tokenizer

from sentivox.languages import UNSPACED
from sentivox.types import Priority, RecognitionOptions

SECONDS_PER_TIMESTAMP = 0.02
MAX_PROMPT_TOKENS = 223
"""Most tokens of the previous text: half of the decoder's 448 positions, less `<|startofprev|>`."""


@dataclass(frozen=True, slots=True)
class TimedTokens:
    """Text tokens between two timestamps, in seconds from the start of the window."""

    start: float
    end: float
    ids: tuple[int, ...]


class WhisperTokenizer:
    """The vocabulary of a Whisper model."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds the model's `tokenizer.json`."""
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.end_of_text = self._id("<|endoftext|>")
        self.start = self._id("<|startoftranscript|>")
        self.first_timestamp = self._id("<|notimestamps|>") + 1
        self.no_speech = self.first_timestamp - 2
        """Id of `<|nospeech|>`, which some files name `<|nocaptions|>`."""

    def knows(self, language: str) -> bool:
        """Whether the weights were trained on the language of that code."""
        return self._language(language) is not None

    def languages(self) -> dict[str, int]:
        """Codes of the languages that the weights were trained on, with their token ids."""
        tokens = range(self.start + 1, self._id("<|translate|>"))
        return {str(self._tokenizer.id_to_token(each)).strip("<|>"): each for each in tokens}

    def prompt(self, options: RecognitionOptions) -> list[int]:
        """All tokens that are known before decoding, the prefix included.

        Live speech is decoded without timestamps: after a prefix that ends a sentence, Whisper
        decodes a timestamp and then often ends the text (docs/log.md).
        """
        live = options.priority is not Priority.UPLOAD
        no_timestamps = [self.first_timestamp - 1] if live else []
        start = self.start_sequence(options)
        return [*self.previous_text(options), *start, *no_timestamps, *options.prefix]

    def previous_text(self, options: RecognitionOptions) -> list[int]:
        """`<|startofprev|>` and the last MAX_PROMPT_TOKENS of `options.prompt`; empty without a
        prompt.
        """
        text = options.prompt.strip()
        if not text:
            return []
        return [self._id("<|startofprev|>"), *self.ids(text)[-MAX_PROMPT_TOKENS:]]

    def start_sequence(self, options: RecognitionOptions) -> list[int]:
        """`<|startoftranscript|>`, language and task. Raises KeyError for an unknown language."""
        language = self._language(options.language)
        if language is None:
            raise KeyError(options.language)
        return [
            self.start,
            language,
            self._id(f"<|{options.task}|>"),
        ]

    def ids(self, text: str) -> list[int]:
        """Text tokens of a text, with a space before its first word, as in Whisper's text."""
        ids = self._tokenizer.encode(" " + text.strip(), add_special_tokens=False).ids
        return self.text_ids(ids)

    def text(self, ids: Iterable[int]) -> str:
        """Text of token ids without special tokens, with a space before its first word."""
        return str(self._tokenizer.decode(self.text_ids(ids)))

    def text_ids(self, ids: Iterable[int]) -> list[int]:
        """`ids` without timestamps and other special tokens."""
        return [token for token in ids if token < self.end_of_text]

    def token_bytes(self, ids: Iterable[int]) -> tuple[bytes, ...]:
        """UTF-8 bytes of each token, which may end inside a character."""
        letters = _byte_letters()
        return tuple(
            bytes(letters[letter] for letter in str(self._tokenizer.id_to_token(token)))
            for token in ids
        )

    def segments(self, ids: Sequence[int], seconds: float) -> list[TimedTokens]:
        """Text tokens split at timestamps, for a window of `seconds`.

        A missing first timestamp is 0, and a missing last one `seconds`.
        """
        segments: list[TimedTokens] = []
        start, text = 0.0, list[int]()
        for token in ids:
            if token < self.first_timestamp:
                text.extend(self.text_ids([token]))
                continue
            time = min((token - self.first_timestamp) * SECONDS_PER_TIMESTAMP, seconds)
            if text:
                segments.append(TimedTokens(start, max(start, time), tuple(text)))
                text = []
            start = max(start, time)
        if text:
            segments.append(TimedTokens(start, max(start, seconds), tuple(text)))
        return segments

    def continues(self, ids: Sequence[int]) -> bool:
        """Whether the text ends where another segment begins, with two timestamps in a row.

        The speech there is left to another decoding pass. At the end of speech there is one
        timestamp.
        """
        return len(ids) > 1 and min(ids[-2:]) >= self.first_timestamp

    def words(self, ids: Sequence[int], language: str) -> list[tuple[str, list[int]]]:
        """Words of text tokens with their tokens, split at spaces, or at characters in a language
        without spaces.

        Punctuation belongs to the word before it; opening punctuation to the word after it.
        """
        pieces = self._whole_characters(ids)
        unspaced = language in UNSPACED
        words: list[tuple[str, list[int]]] = []
        for text, tokens in pieces:
            begins = not words or text.startswith(" ") or unspaced
            if begins and not (words and _closes(text)):
                words.append((text, tokens))
            else:
                words[-1] = (words[-1][0] + text, words[-1][1] + tokens)
        return _join_openers(words)

    def _whole_characters(self, ids: Sequence[int]) -> list[tuple[str, list[int]]]:
        """The tokens in groups of whole characters: a token may end inside a character."""
        pieces: list[tuple[str, list[int]]] = []
        held: list[int] = []
        for token in ids:
            held.append(token)
            text = str(self._tokenizer.decode(held))
            if not text.endswith("\N{REPLACEMENT CHARACTER}"):
                pieces.append((text, held))
                held = []
        if held:
            pieces.append((str(self._tokenizer.decode(held)), held))
        return pieces

    def _language(self, code: str) -> int | None:
        """Token of a language; None if it is unknown. Cantonese is recognised as Chinese by
        vocabularies older than large-v3.
        """
        token: int | None = self._tokenizer.token_to_id(f"<|{code}|>")
        if token is None and code == "yue":
            return self._id("<|zh|>")
        return token

    def _id(self, token: str) -> int:
        found = self._tokenizer.token_to_id(token)
        if found is None:
            raise KeyError(f"the tokenizer has no {token}")
        return int(found)


@cache
def _byte_letters() -> dict[str, int]:
    """GPT-2's characters of bytes: printable Latin-1 as it is, the other bytes from U+0100 on."""
    printable = {*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(0x100 + index): byte for index, byte in enumerate(others)
    }


def _closes(text: str) -> bool:
    """Whether `text` is punctuation that belongs to the word before it."""
    return bool(text) and all(
        unicodedata.category(character) in {"Po", "Pe", "Pf", "Pd"} for character in text
    )


def _join_openers(words: list[tuple[str, list[int]]]) -> list[tuple[str, list[int]]]:
    joined: list[tuple[str, list[int]]] = []
    for text, tokens in words:
        if joined and _opens(joined[-1][0]):
            joined[-1] = (joined[-1][0] + text, joined[-1][1] + tokens)
        else:
            joined.append((text, tokens))
    return joined


def _opens(text: str) -> bool:
    """Whether `text` is nothing but an opening quote or bracket, or an inverted mark."""
    bare = text.strip()
    return bool(bare) and all(
        unicodedata.category(character) in {"Ps", "Pi"} or character in "¿¡" for character in bare
    )
