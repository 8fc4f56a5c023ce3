"""Checks of texts and lengths without a model."""

from __future__ import annotations

from dataclasses import replace

from preprocessing.clips.clip import Clip
from preprocessing.settings import Limits
from preprocessing.text.scripts import SYLLABIC, scripts_of, share_in_script
from preprocessing.text.transcripts import MARKUP, letters, normalise

LETTERS_PER_SYLLABLE = 2.5
"""Letters that a character of a syllabic script counts as."""
SPARE_SECONDS = 1.0
"""Silence that the reader leaves around speech, and breath."""


def normalise_text(clip: Clip, limits: Limits) -> Clip:
    """The clip with normalised text; dropped for "markup", "no text", "digits" or "wrong
    script".
    """
    text = normalise(clip.text, clip.language)
    if MARKUP.search(text):
        return clip.drop("markup", text)
    if not letters(text):
        return clip.drop("no text", text)
    if not limits.digits and any(char.isdigit() for char in text):
        return clip.drop("digits", text)
    share = share_in_script(text, clip.language)
    if share < limits.min_script_share:
        return clip.drop("wrong script", f"{share:.2f} of {text}")
    return replace(clip, text=text)


def check_length(clip: Clip, limits: Limits) -> Clip:
    """The clip; dropped for "too short", "too long", "too much text" or "too little text"."""
    seconds = clip.seconds
    if seconds < limits.min_seconds:
        return clip.drop("too short", f"{seconds:.2f} s")
    if seconds > limits.max_seconds:
        return clip.drop("too long", f"{seconds:.2f} s")
    spoken = len(letters(clip.text)) * (LETTERS_PER_SYLLABLE if _syllabic(clip.language) else 1)
    detail = f"{spoken / seconds:.1f} letters per second over {seconds:.1f} s: {clip.text}"
    if spoken > limits.max_letters_per_second * seconds:
        return clip.drop("too much text", detail)
    if spoken < limits.min_letters_per_second * (seconds - SPARE_SECONDS):
        return clip.drop("too little text", detail)
    return clip


def _syllabic(language: str) -> bool:
    return bool(SYLLABIC.intersection(scripts_of(language)))
