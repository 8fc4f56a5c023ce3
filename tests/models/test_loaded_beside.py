"""Loading that nobody waits for."""

from __future__ import annotations

import logging
import threading

import pytest

from sentivox.models.loaded_beside import LoadedBeside


def test_nothing_is_loaded_before_it_is_wanted() -> None:
    wanted: list[str] = []
    LoadedBeside(lambda: wanted.append("loaded"))
    assert wanted == []


def test_callers_go_on_without_it_until_it_is_there() -> None:
    may_load = threading.Event()
    loads: list[str] = []

    def load() -> str:
        may_load.wait(5)
        loads.append("once")
        return "decoder"

    beside = LoadedBeside(load)
    assert (beside(), beside()) == (None, None)
    may_load.set()
    beside.wait()
    assert beside() == "decoder"
    assert loads == ["once"]


def test_what_cannot_be_loaded_is_told_once_and_stays_away(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def load() -> str:
        raise OSError("no such file")

    beside = LoadedBeside(load)
    with caplog.at_level(logging.ERROR, "sentivox.models"):
        beside.wait()
        beside.wait()
    assert beside() is None
    assert len(caplog.records) == 1
