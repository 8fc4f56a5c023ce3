"""Command line of `preprocessing/prepare.py`, and its translation to sources and settings."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from preprocessing.settings import (
    KINDS,
    LabelCheckSettings,
    LanguageCheckSettings,
    Limits,
    PrepareSettings,
    SplitSettings,
)
from preprocessing.sources.debian import Debian
from preprocessing.sources.folder_tsv import FolderTsv
from preprocessing.sources.hugging_face import KNOWN, HuggingFace
from preprocessing.sources.recording import Source
from sentivox.errors import InvalidRequest
from sentivox.language_tags import parse_language

SPLITS = SplitSettings()


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser(description="Recordings with transcripts to training shards.")
    where = parser.add_argument_group("sources")
    where.add_argument("--source", nargs="+", required=True, choices=["debian", "folder", *KNOWN])
    where.add_argument(
        "--languages", nargs="+", default=[], help="codes; default: all of the source"
    )
    where.add_argument("--only", nargs="+", default=[], help="debian: asterisk, fillets, ...")
    where.add_argument("--table", type=Path, help="folder: table of files and transcripts")
    where.add_argument("--clips", default="", help="folder: where the files are, beside the table")
    where.add_argument("--repository", default="", help="hub data set: another repository of it")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clips-per-shard", type=int, default=256)
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count(), help="cores to use on this machine"
    )
    checks = parser.add_argument_group("checks with a model")
    checks.add_argument(
        "--language-check", action="store_true", help="drop clips in another language"
    )
    checks.add_argument("--label-check", action="store_true", help="drop clips whose text differs")
    checks.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--digits", action="store_true", help="keep texts with digits")
    splits = parser.add_argument_group("splits")
    splits.add_argument("--disjoint", choices=["speaker", "source", "text"], default="speaker")
    splits.add_argument("--validation-share", type=float, default=SPLITS.validation_share)
    splits.add_argument("--test-share", type=float, default=SPLITS.test_share)
    splits.add_argument("--validation-source", nargs="+", default=[])
    splits.add_argument("--test-source", nargs="+", default=[])
    copies = parser.add_argument_group("augmented copies of training clips")
    copies.add_argument("--augment", nargs="+", choices=KINDS, default=[])
    copies.add_argument("--times", type=int, default=1, help="copies of each kind")
    return parser


def sources(arguments: argparse.Namespace) -> list[Source]:
    """Sources that the arguments name; raise InvalidRequest for invalid ones."""
    return list(_sources(arguments, [parse_language(each).code for each in arguments.languages]))


def _sources(arguments: argparse.Namespace, languages: Sequence[str]) -> Iterator[Source]:
    for name in arguments.source:
        match name:
            case "debian":
                yield Debian(languages, arguments.only)
            case "folder":
                yield _folder(arguments, languages)
            case _:
                if not languages:
                    raise InvalidRequest(f"Name the --languages of {name} to fetch.")
                yield HuggingFace(KNOWN[name], languages, repository=arguments.repository)


def _folder(arguments: argparse.Namespace, languages: Sequence[str]) -> FolderTsv:
    if arguments.table is None:
        raise InvalidRequest("Name the table of files and transcripts with --table.")
    if len(languages) > 1:
        raise InvalidRequest(
            "A table in several languages needs a column with the language; omit --languages."
        )
    language = languages[0] if languages else ""
    return FolderTsv(arguments.table.stem, arguments.table, language, clips=arguments.clips)


def settings(arguments: argparse.Namespace) -> PrepareSettings:
    """Settings that the arguments give; raise pydantic's ValidationError for a number out of
    bounds.
    """
    return PrepareSettings(
        clips_per_shard=arguments.clips_per_shard,
        limits=Limits(digits=arguments.digits),
        language_check=LanguageCheckSettings(device=arguments.device)
        if arguments.language_check
        else None,
        label_check=LabelCheckSettings(device=arguments.device) if arguments.label_check else None,
        splits=SplitSettings(
            disjoint=arguments.disjoint,
            validation_share=arguments.validation_share,
            test_share=arguments.test_share,
            validation_sources=tuple(arguments.validation_source),
            test_sources=tuple(arguments.test_source),
        ),
        augment=tuple(arguments.augment),
        times=arguments.times,
    )
