"""Whisper's vocabulary: prompts going in, text with times coming out.

The order of special tokens in a prompt is that of the Whisper paper, figure 1:
`<|startofprev|> earlier text <|startoftranscript|> <|language|> <|task|>`, after which the model
writes `<|start|> text <|end|>` for each segment, times in steps of 20 ms.
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
"""Half of the decoder's 448 positions, less the marker before it."""


@dataclass(frozen=True, slots=True)
class TimedTokens:
    """Text tokens between two timestamps, in seconds from the start of the window."""

    start: float
    end: float
    ids: tuple[int, ...]


class WhisperTokenizer:
    def __init__(self, folder: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.end_of_text = self._id("<|endoftext|>")
        self.start = self._id("<|startoftranscript|>")
        self.first_timestamp = self._id("<|notimestamps|>") + 1
        self.no_speech = self.first_timestamp - 2
        """`<|nospeech|>`, which some files call `<|nocaptions|>`."""

    def knows(self, language: str) -> bool:
        """Whether the weights were trained on the language of that code."""
        return self._language(language) is not None

    def languages(self) -> dict[str, int]:
        """Code and token of each that the weights were trained on."""
        tokens = range(self.start + 1, self._id("<|translate|>"))
        return {str(self._tokenizer.id_to_token(each)).strip("<|>"): each for each in tokens}

    def prompt(self, options: RecognitionOptions) -> list[int]:
        """What the decoder starts from.

        Live speech is written without times: after a prefix that ends a sentence, Whisper would
        write the time and then, as often as not, nothing more (docs/log.md).
        """
        untimed = [self.first_timestamp - 1] if options.priority is not Priority.UPLOAD else []
        start = self.start_sequence(options)
        return [*self.earlier(options), *start, *untimed, *options.prefix]

    def earlier(self, options: RecognitionOptions) -> list[int]:
        """The part of a prompt before the text itself; as long for all windows of a batch."""
        text = options.prompt.strip()
        if not text:
            return []
        return [self._id("<|startofprev|>"), *self.ids(text)[-MAX_PROMPT_TOKENS:]]

    def start_sequence(self, options: RecognitionOptions) -> list[int]:
        language = self._language(options.language)
        if language is None:
            raise KeyError(options.language)
        return [
            self.start,
            language,
            self._id(f"<|{options.task}|>"),
        ]

    def ids(self, text: str) -> list[int]:
        """Words as text tokens, with the space that Whisper writes before the first."""
        ids = self._tokenizer.encode(" " + text.strip(), add_special_tokens=False).ids
        return self.text_ids(ids)

    def text(self, ids: Iterable[int]) -> str:
        """Text tokens as text, with the space that Whisper writes before a word."""
        return str(self._tokenizer.decode(self.text_ids(ids)))

    def text_ids(self, ids: Iterable[int]) -> list[int]:
        """`ids` without timestamps and other special tokens."""
        return [token for token in ids if token < self.end_of_text]

    def spelled(self, ids: Iterable[int]) -> tuple[bytes, ...]:
        """What each token spells, in UTF-8 that may break inside a letter."""
        letters = _byte_letters()
        return tuple(
            bytes(letters[letter] for letter in str(self._tokenizer.id_to_token(token)))
            for token in ids
        )

    def segments(self, ids: Sequence[int], seconds: float) -> list[TimedTokens]:
        """Split at timestamps; a missing first or last one becomes 0 or `seconds`."""
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

    def goes_on(self, ids: Sequence[int]) -> bool:
        """Whether the text ends where another segment begins, with two timestamps in a row: what is
        said there is left to the next hearing. At the end of speech there is one.
        """
        return len(ids) > 1 and min(ids[-2:]) >= self.first_timestamp

    def words(self, ids: Sequence[int], language: str) -> list[tuple[str, list[int]]]:
        """Group text tokens into words: at spaces, or at whole letters where none are written.

        Punctuation joins the word it follows, or the one it opens.
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
        """Tokens are bytes: collect them until they decode to whole characters."""
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
        """Cantonese came with large-v3: older vocabularies hear it as Chinese."""
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
    """GPT-2's alphabet: printable bytes of Latin-1 as they are, the others from U+0100 on."""
    printable = {*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(0x100 + index): byte for index, byte in enumerate(others)
    }


def _closes(text: str) -> bool:
    """Whether `text` is punctuation that ends what came before it."""
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
