"""The faster number format of a CPU, found by a measurement."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from sentivox.engines import processor
from sentivox.engines.processor import fastest_dtype


@pytest.fixture(autouse=True)
def measured_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(processor, "HAS_BFLOAT16", True)
    fastest_dtype.cache_clear()
    yield
    fastest_dtype.cache_clear()


@pytest.mark.parametrize("faster", [torch.float32, torch.bfloat16])
def test_the_faster_format_is_taken(faster: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        processor, "_seconds", lambda left, right: 1.0 if left.dtype is faster else 2.0
    )
    assert fastest_dtype() is faster


def test_it_is_one_of_two_formats() -> None:
    assert fastest_dtype() in (torch.float32, torch.bfloat16)


def test_without_bfloat16_instructions_it_is_float32(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processor, "HAS_BFLOAT16", False)
    assert fastest_dtype() is torch.float32
