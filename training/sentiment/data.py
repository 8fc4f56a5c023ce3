"""Labelled texts for sentiment, from four data sets.

The folder has `umsab`, `xed`, `tyqiangz` and `afrisenti`, each in its published layout.
"""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

LABELS = ("negative", "neutral", "positive")
NEGATIVE, NEUTRAL, POSITIVE = range(3)

UMSAB = {
    "arabic": "ar", "english": "en", "french": "fr", "german": "de",
    "hindi": "hi", "italian": "it", "portuguese": "pt", "spanish": "es",
}  # fmt: skip
TYQIANGZ = {"chinese": "zh", "japanese": "ja", "indonesian": "id", "malay": "ms"}
AFRISENTI = {
    "amh": "am", "arq": "ar", "ary": "ar", "hau": "ha", "por": "pt", "swa": "sw", "yor": "yo",
}  # fmt: skip
"""Languages of afrisenti that both the encoder and Whisper support."""

_XED_POSITIVE, _XED_NEGATIVE = {5, 8}, {1, 3, 4, 6}
"""Joy and trust; anger, disgust, fear and sadness. Anticipation (2) and surprise (7) are
neither."""

UmsabSplit = Literal["train", "val", "test"]


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled text."""

    text: str
    label: int
    language: str
    source: str
    polar: bool = False
    """True if the data set has no neutral texts in this language, so that the label only separates
    negative from positive."""


@dataclass(frozen=True, slots=True)
class Split:
    """Training and validation texts."""

    train: list[Example]
    validation: list[Example]


def read_umsab(folder: Path, split: UmsabSplit, language: str) -> list[Example]:
    """Texts of umsab (Barbieri et al. 2022, XLM-T); `language` is a key of UMSAB."""
    texts = (folder / "umsab" / language / f"{split}_text.txt").read_text("utf-8").split("\n")
    labels = (folder / "umsab" / language / f"{split}_labels.txt").read_text("utf-8").split()
    return [
        Example(text, int(label), UMSAB[language], "umsab")
        for text, label in zip(texts[: len(labels)], labels, strict=True)
    ]


def read_all(folder: Path, per_class: int, seed: int) -> Split:
    """All of umsab, and at most `per_class` training texts of each class, language and other
    set.
    """
    rng = random.Random(seed)  # noqa: S311
    train, validation = [], []
    for language in UMSAB:
        train += read_umsab(folder, "train", language)
        validation += read_umsab(folder, "val", language)
    others = [*_read_tyqiangz(folder), *_read_afrisenti(folder), *_read_xed(folder)]
    for held_out, example in others:
        (validation if held_out else train).append(example)
    return Split(_sample(train, per_class, rng), _sample(validation, max(1, per_class // 5), rng))


def read_tyqiangz_test(folder: Path, name: str) -> list[Example]:
    """Test texts of tyqiangz; `name` is a key of TYQIANGZ."""
    return list(_tyqiangz_rows(folder / "tyqiangz" / name / "test.csv", TYQIANGZ[name]))


def held_out_films(folder: Path, language: str) -> list[Example]:
    """Film lines with manual labels of three classes, excluded from training."""
    return [
        example
        for held_out, example in _read_xed(folder)
        if held_out and example.language == language and not example.polar
    ]


def _sample(examples: Iterable[Example], count: int, rng: random.Random) -> list[Example]:
    groups: dict[tuple[str, str, int], list[Example]] = defaultdict(list)
    for example in examples:
        groups[example.source, example.language, example.label].append(example)
    chosen: list[Example] = []
    for (source, _, _), group in groups.items():
        whole = source == "umsab" or len(group) <= count
        chosen += group if whole else rng.sample(group, count)
    rng.shuffle(chosen)
    return chosen


def _read_tyqiangz(folder: Path) -> Iterator[tuple[bool, Example]]:
    """Held-out flag and text. Chinese and Japanese have no training part: every fifth line of
    `valid` is held out.
    """
    for name, language in TYQIANGZ.items():
        for part in ("train", "valid"):
            path = folder / "tyqiangz" / name / f"{part}.csv"
            if not path.exists():
                continue
            has_train = (path.parent / "train.csv").exists()
            for index, example in enumerate(_tyqiangz_rows(path, language)):
                yield (part == "valid" and (has_train or index % 5 == 0)), example


def _tyqiangz_rows(path: Path, language: str) -> Iterator[Example]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Example(row["text"], LABELS.index(row["label"]), language, "tyqiangz")


def _read_afrisenti(folder: Path) -> Iterator[tuple[bool, Example]]:
    for name, language in AFRISENTI.items():
        for part in ("train", "dev"):
            lines = (folder / "afrisenti" / name / f"{part}.tsv").read_text("utf-8").split("\n")
            for line in lines[1:]:
                text, _, label = line.rpartition("\t")
                if text and label.strip() in LABELS:
                    yield (
                        part == "dev",
                        Example(text, LABELS.index(label.strip()), language, "afrisenti"),
                    )


def _read_xed(folder: Path) -> Iterator[tuple[bool, Example]]:
    """Held-out flag and text. Projected files have the order of their source: the last tenth is
    held out and the tenth before it is dropped, because the files end at slightly different
    sentences.

    The manually labelled files have another order; `translations.py` finds translations there.
    """
    for path in sorted((folder / "xed").glob("*-projections.tsv")):
        code = path.name.split("-")[0]
        language = "pt" if code == "br" else code
        rows = list(_polar_rows(path))
        for index, (text, label) in enumerate(rows):
            place = index / len(rows)
            if not 0.8 <= place < 0.9:
                yield place >= 0.9, Example(text, label, language, "xed", polar=code != "fi")
    for code in ("en", "fi"):
        annotated = _polar_rows(folder / "xed" / f"{code}-annotated.tsv")
        for index, (text, label) in enumerate(annotated):
            yield index % 10 == 0, Example(text, label, code, "xed")
        lines = (folder / "xed" / f"neu_{code}.txt").read_text("utf-8").split("\n")
        texts = [line.split("\t")[1] for line in lines if "\t" in line]
        for index, text in enumerate(texts):
            yield index % 10 == 0, Example(text, NEUTRAL, code, "xed")


def _polar_rows(path: Path) -> Iterator[tuple[str, int]]:
    """Texts and labels of the lines whose emotions have one polarity; other lines are dropped."""
    for line in path.read_text("utf-8").split("\n"):
        fields = line.split("\t")
        if len(fields) != 2:
            continue
        emotions = {int(each) for each in fields[1].split(",")}
        positive, negative = bool(emotions & _XED_POSITIVE), bool(emotions & _XED_NEGATIVE)
        if positive != negative:
            yield fields[0], POSITIVE if positive else NEGATIVE
