"""The stages over Serve handles: which handle is called, by value or by reference."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from deployments.handles import ServeStages
from sentivox.languages import LanguageFamily
from sentivox.pipeline.stages import WindowRef
from sentivox.types import Recognition, RecognitionOptions, SpeechWindow

GERMANIC, ROMANCE = LanguageFamily.GERMANIC, LanguageFamily.ROMANCE
WINDOW = WindowRef(0, 0.0, 1.0, "a reference")


class RecordingHandle:
    """Records the options with which a method was called."""

    def __init__(self, calls: list[dict[str, Any]], **options: Any) -> None:
        self._calls = calls
        self._options = options

    def __getattr__(self, method: str) -> RecordingHandle:
        return self

    def options(self, **changes: Any) -> RecordingHandle:
        return RecordingHandle(self._calls, **self._options | changes)

    def remote(self, *arguments: Any) -> Any:
        self._calls.append(self._options)

        async def answer() -> Recognition:
            return Recognition(())

        return answer()


async def call_options(window: WindowRef, *adapters: LanguageFamily) -> dict[str, Any]:
    """The options of a call to the recogniser of French."""
    calls: list[dict[str, Any]] = []
    unused = cast("Any", None)
    recognizers = cast("Any", {ROMANCE: RecordingHandle(calls)})
    stages = ServeStages(unused, unused, recognizers, unused, adapters)
    assert await stages.recognize(ROMANCE, window, RecognitionOptions("fr")) == Recognition(())
    return calls[0]


async def test_a_family_with_adapters_is_called_with_the_language() -> None:
    assert await call_options(WINDOW, ROMANCE) == {"multiplexed_model_id": "fr"}
    assert await call_options(WINDOW, GERMANIC) == {}


async def test_a_window_with_its_samples_travels_by_value() -> None:
    window = WindowRef.of(SpeechWindow(0, 0.0, np.zeros(16_000, np.int16)))
    assert (await call_options(window))["_by_reference"] is False
