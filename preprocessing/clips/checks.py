"""Labels and sounds that can't belong together, found without a model."""

from __future__ import annotations

from dataclasses import replace

from preprocessing.clips.clip import Clip
from preprocessing.settings import Limits
from preprocessing.text.scripts import SYLLABIC, scripts_of, share_in_script
from preprocessing.text.transcripts import MARKUP, letters, normalise

LETTERS_A_SYLLABLE = 2.5
SPARE_SECONDS = 1.0
"""Of silence that the reader leaves around speech, and of breath."""


def tidy_text(clip: Clip, limits: Limits) -> Clip:
    """Dropped for "markup", "no text", "digits" or "wrong script"."""
    text = normalise(clip.text, clip.language)
    if MARKUP.search(text):
        return clip.drop("markup", text)
    if not letters(text):
        return clip.drop("no text", text)
    if not limits.digits and any(char.isdigit() for char in text):
        return clip.drop("digits", text)
    share = share_in_script(text, clip.language)
    if share < limits.least_in_script:
        return clip.drop("wrong script", f"{share:.2f} of {text}")
    return replace(clip, text=text)


def check_length(clip: Clip, limits: Limits) -> Clip:
    """Dropped for "too short", "too long", "too much text" or "too little text"."""
    seconds = clip.seconds
    if seconds < limits.shortest_s:
        return clip.drop("too short", f"{seconds:.2f} s")
    if seconds > limits.longest_s:
        return clip.drop("too long", f"{seconds:.2f} s")
    heard = len(letters(clip.text)) * (LETTERS_A_SYLLABLE if _syllabic(clip.language) else 1)
    detail = f"{heard / seconds:.1f} letters a second over {seconds:.1f} s: {clip.text}"
    if heard > limits.most_letters_a_second * seconds:
        return clip.drop("too much text", detail)
    if heard < limits.fewest_letters_a_second * (seconds - SPARE_SECONDS):
        return clip.drop("too little text", detail)
    return clip


def _syllabic(language: str) -> bool:
    return bool(SYLLABIC.intersection(scripts_of(language)))
