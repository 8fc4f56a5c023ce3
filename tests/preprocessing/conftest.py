from __future__ import annotations

from pathlib import Path

import pytest

from preprocessing.clips.clip import Clip
from tests.voices import spoken, spoken_pcm

SENTENCES = (
    "The quick brown fox jumps over the lazy dog.",
    "We are going to the market tomorrow.",
    "She sells sea shells by the sea shore.",
    "Please leave a message after the tone.",
    "The train to the city leaves at nine.",
)


@pytest.fixture(scope="session")
def clip() -> Clip:
    """A sentence as `read_clip` returns it."""
    return Clip(
        "unit", "voice/fox", SENTENCES[0], "en", "joe", "voice", "MIT", "", spoken_pcm(SENTENCES[0])
    )


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of recordings: five sentences, a duplicate, unreadable files and unusable texts."""
    folder = tmp_path_factory.mktemp("recordings")
    rows = [(f"{number}.wav", text) for number, text in enumerate(SENTENCES)]
    for path, text in rows:
        (folder / path).write_bytes(spoken(text, pause_s=0.5))
    (folder / "again.wav").write_bytes(spoken(SENTENCES[0], pause_s=0.5))
    (folder / "broken.wav").write_bytes(b"RIFF, but nothing else")
    rows += [
        ("again.wav", SENTENCES[0]),
        ("broken.wav", SENTENCES[1]),
        ("missing.wav", SENTENCES[1]),
        ("2.wav", "Она продаёт ракушки."),
        ("3.wav", "Press 1 for help."),
    ]
    lines = [f"{path}\t{text}\ten\t{path}" for path, text in rows]
    file = folder / "voice.tsv"
    file.write_text("\n".join(["path\ttext\tlanguage\tspeaker", *lines]), encoding="utf-8")
    return file
