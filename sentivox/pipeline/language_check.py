"""A warning where the speech of a file is likely another language than the requested one."""

from __future__ import annotations

from sentivox.engines.language_id.mismatch import MIN_SPEECH_S, likelier_language
from sentivox.errors import SpeechError
from sentivox.languages import LANGUAGES
from sentivox.pipeline.request import UploadRequest
from sentivox.pipeline.stages import DetectedWindow, WindowRef


async def check_language(request: UploadRequest, window: WindowRef) -> DetectedWindow | None:
    """The languages of a window, with a warning where they contradict the requested one.

    None where no warning is possible. A failure of detection is no failure of the request.
    """
    requested = request.options.language
    if requested is None or not request.options.partial or window.seconds < MIN_SPEECH_S:
        return None
    try:
        detected = await request.detect_language(window, ())
    except SpeechError:
        return None
    speech_s = sum(segment.speech.seconds for segment in detected.segments) or window.seconds
    likelier = likelier_language(detected.detection.ranked, requested, speech_s)
    if likelier is not None:
        message = mismatch_message(likelier, requested)
        request.warnings.add("language_mismatch", message, likelier)
    return detected


def mismatch_message(likelier: str, requested: str) -> str:
    """The sentence of the warning."""
    spoken, named = (LANGUAGES[code].name.title() for code in (likelier, requested))
    return (
        f"The speech is likely {spoken}, but was recognised as {named}, as requested: the text may "
        f"be wrong. Send '{likelier}' as `language`, or leave it out."
    )
