"""The page about formats names every file name extension that the server names."""

from __future__ import annotations

import pytest

from docs.tree import ROOT
from sentivox.audio.decoding.container import ACCEPTED
from sentivox.types import AUDIO_FORMATS

PAGE = (ROOT / "docs/formats.md").read_text("utf-8")


@pytest.mark.parametrize("extension", AUDIO_FORMATS)
def test_the_page_names_every_extension(extension: str) -> None:
    assert f".{extension}" in PAGE


def test_the_error_for_other_files_names_every_extension() -> None:
    assert set(ACCEPTED.replace(" or ", ", ").split(", ")) == set(AUDIO_FORMATS)
