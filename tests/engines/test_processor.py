"""What the processor multiplies faster, asked of itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from sentivox.engines import processor
from sentivox.engines.processor import fastest_dtype


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(processor, "BFLOAT16", True)
    fastest_dtype.cache_clear()
    yield
    fastest_dtype.cache_clear()


@pytest.mark.parametrize("faster", [torch.float32, torch.bfloat16])
def test_the_faster_is_taken(faster: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        processor, "_seconds", lambda left, right: 1.0 if left.dtype is faster else 2.0
    )
    assert fastest_dtype() is faster


def test_it_is_found_by_trying() -> None:
    assert fastest_dtype() in (torch.float32, torch.bfloat16)


def test_where_bfloat16_cant_be_multiplied_nothing_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processor, "BFLOAT16", False)
    assert fastest_dtype() is torch.float32
