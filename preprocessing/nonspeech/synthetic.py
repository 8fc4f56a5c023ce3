"""Synthetic sounds without speech: noise, hum, music, machines, applause, telephone signals.

Each function takes a length in seconds and a random generator, and returns float samples at
SAMPLE_RATE with a peak of about 1. Equal seeds give equal sounds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from sentivox.types import SAMPLE_RATE

Signal = npt.NDArray[np.float64]
Rng = np.random.Generator
Synthesizer = Callable[[float, Rng], Signal]

MINOR, MAJOR = (0, 3, 7), (0, 4, 7)
SCALE = (0, 2, 4, 5, 7, 9, 11, 12)
"""Semitones of a major scale."""
VOWELS = (
    (730, 1090, 2440),
    (270, 2290, 3010),
    (530, 1840, 2480),
    (570, 840, 2410),
    (300, 870, 2240),
)
"""First three formants of men's vowels, in hertz (Peterson and Barney 1952)."""
DTMF_ROWS, DTMF_COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
"""Frequencies of push-button dialling, in hertz (ITU-T Q.23)."""


def white(seconds: float, rng: Rng) -> Signal:
    return _normalised(rng.normal(size=_count(seconds)))


def pink(seconds: float, rng: Rng) -> Signal:
    return _normalised(_sloped(seconds, rng, 0.5))


def brown(seconds: float, rng: Rng) -> Signal:
    return _normalised(_sloped(seconds, rng, 1.0))


def hum(seconds: float, rng: Rng) -> Signal:
    """Mains hum at 50 or 60 Hz with harmonics that decay with their number."""
    mains = rng.choice([50, 60])
    time = _time(seconds)
    parts = [
        np.sin(2 * np.pi * mains * n * time + rng.uniform(0, 6)) * rng.uniform(0.3, 1) / n
        for n in range(1, 12)
    ]
    return _normalised(np.sum(parts, axis=0))


def room(seconds: float, rng: Rng) -> Signal:
    """Room tone: a fan, mains hum and some noise."""
    slow = 1 + 0.2 * np.sin(2 * np.pi * rng.uniform(0.1, 0.5) * _time(seconds))
    return _normalised(
        slow * brown(seconds, rng) + 0.2 * hum(seconds, rng) + 0.05 * pink(seconds, rng)
    )


def rain(seconds: float, rng: Rng) -> Signal:
    drops = rng.normal(size=_count(seconds)) * (rng.random(_count(seconds)) < 0.01)
    return _normalised(0.3 * white(seconds, rng) + _filtered(drops, 3000, 2000))


def wind(seconds: float, rng: Rng) -> Signal:
    """Band-limited noise of changing level."""
    corners = rng.uniform(0.1, 1, int(seconds) + 2)
    gusts = np.interp(_time(seconds), np.arange(len(corners)), corners)
    return _normalised(
        gusts * (brown(seconds, rng) + 0.4 * _filtered(white(seconds, rng), 500, 150))
    )


def chords(seconds: float, rng: Rng) -> Signal:
    """A pad: consecutive chords of filtered, slightly detuned sawtooth waves."""
    return _sequence(seconds, rng.uniform(1.5, 3), lambda: _chord(rng))


def drums(seconds: float, rng: Rng) -> Signal:
    beat_s = 60 / rng.uniform(80, 140)
    track = np.zeros(_count(seconds))
    for number, at in enumerate(np.arange(0, seconds, beat_s / 2)):
        _add(track, at, 0.3 * _struck(0.05, 0.02, rng.normal(size=_count(0.05))))
        if number % 4 == 0:
            _add(track, at, _struck(0.3, 0.1, np.sin(300 * np.exp(-12 * _time(0.3)))))
        if number % 4 == 2:
            _add(track, at, 0.7 * _struck(0.2, 0.05, rng.normal(size=_count(0.2))))
    return _normalised(track)


def melody(seconds: float, rng: Rng) -> Signal:
    """A bowed string that plays notes of a scale with vibrato."""
    return _sequence(seconds, rng.uniform(0.25, 0.6), lambda: _bowed(rng))


def plucked(seconds: float, rng: Rng) -> Signal:
    """A plucked string (Karplus and Strong 1983)."""
    return _sequence(seconds, rng.uniform(0.2, 0.5), lambda: _string(rng, 1.0))


def band(seconds: float, rng: Rng) -> Signal:
    return _normalised(chords(seconds, rng) + drums(seconds, rng) + 0.7 * melody(seconds, rng))


def humming(seconds: float, rng: Rng) -> Signal:
    """A tune hummed on one vowel."""
    vowel = VOWELS[rng.integers(len(VOWELS))]
    return _sequence(seconds, rng.uniform(0.4, 0.9), lambda: _sung(rng, [vowel], 0.8))


def buzzing(seconds: float, rng: Rng) -> Signal:
    """A buzz that glides between vowels, without words."""
    return _sequence(
        seconds,
        rng.uniform(0.5, 1.0),
        lambda: _sung(rng, [VOWELS[n] for n in rng.integers(len(VOWELS), size=3)], 0.9),
    )


def crowd(seconds: float, rng: Rng) -> Signal:
    """Ten distant buzzes at the same time."""
    buzzes = sum(np.roll(buzzing(seconds, rng), rng.integers(8000)) for _ in range(10))
    return _normalised(buzzes + 3 * pink(seconds, rng))


def applause(seconds: float, rng: Rng) -> Signal:
    """Thirty people who clap at different rates."""
    track = np.zeros(_count(seconds))
    for _ in range(30):
        pitch, loud = rng.uniform(800, 2500), rng.uniform(0.2, 1)
        clap = _filtered(_struck(0.04, 0.008, rng.normal(size=_count(0.04))), pitch, 900)
        for at in np.arange(rng.uniform(0, 0.3), seconds, rng.uniform(0.18, 0.32)):
            _add(track, at + rng.normal(0, 0.01), loud * clap)
    return _normalised(track)


def clicks(seconds: float, rng: Rng) -> Signal:
    track = np.zeros(_count(seconds))
    for at in rng.uniform(0, seconds, int(2 * seconds)):
        _add(track, at, rng.uniform(0.2, 1) * _struck(0.01, 0.002, rng.normal(size=160)))
    return _normalised(track)


def keyboard(seconds: float, rng: Rng) -> Signal:
    """Key presses and releases, in bursts."""
    track = np.zeros(_count(seconds))
    at = 0.2
    while at < seconds:
        for delay, loud in ((0.0, 1.0), (rng.uniform(0.06, 0.1), 0.5)):
            knock = _struck(0.03, 0.006, rng.normal(size=_count(0.03)))
            _add(track, at + delay, loud * rng.uniform(0.5, 1) * _filtered(knock, 2500, 1800))
        at += rng.uniform(0.09, 0.25) if rng.random() < 0.85 else rng.uniform(0.6, 1.5)
    return _normalised(track)


def ringing(seconds: float, rng: Rng) -> Signal:
    """Ringback tone: 440 and 480 Hz for 2 s of 6, or 425 Hz for 1 s of 5."""
    tones, on, period = (((440, 480), 2, 6), ((425,), 1, 5))[rng.integers(2)]
    return _cadence(seconds, tones, on, period)


def busy(seconds: float, rng: Rng) -> Signal:
    tones, on, period = (((480, 620), 0.5, 1), ((425,), 0.48, 0.96))[rng.integers(2)]
    return _cadence(seconds, tones, on, period)


def dialling(seconds: float, rng: Rng) -> Signal:
    def key() -> Signal:
        row, column = rng.choice(DTMF_ROWS), rng.choice(DTMF_COLUMNS)
        time = _time(0.12)
        return np.sin(2 * np.pi * row * time) + np.sin(2 * np.pi * column * time)

    return _sequence(seconds, 0.25, key)


def modem(seconds: float, rng: Rng) -> Signal:
    """Modem at 300 baud with two tones (Bell 103)."""
    bits = np.repeat(rng.integers(0, 2, int(seconds * 300) + 1), SAMPLE_RATE // 300 + 1)
    hertz = np.where(bits[: _count(seconds)], 1270.0, 1070.0)
    return _normalised(np.sin(2 * np.pi * np.cumsum(hertz) / SAMPLE_RATE))


def siren(seconds: float, rng: Rng) -> Signal:
    middle, pace = rng.uniform(600, 1000), rng.uniform(0.2, 2)
    hertz = middle + 0.4 * middle * np.sin(2 * np.pi * pace * _time(seconds))
    return _normalised(np.sin(2 * np.pi * np.cumsum(hertz) / SAMPLE_RATE))


def engine(seconds: float, rng: Rng) -> Signal:
    """A sawtooth of changing pitch, with noise."""
    corners = rng.uniform(25, 90, int(seconds) + 2)
    hertz = np.interp(_time(seconds), np.arange(len(corners)), corners)
    return _normalised(_saw(np.cumsum(hertz) / SAMPLE_RATE) + 0.8 * brown(seconds, rng))


SYNTHESIZERS: dict[str, Sequence[Synthesizer]] = {
    "noise": (white, pink, brown, rain, wind),
    "hum and room": (hum, room),
    "music": (chords, drums, melody, plucked, band),
    "voice-like": (humming, buzzing, crowd),
    "applause": (applause,),
    "clicks and keys": (clicks, keyboard),
    "telephone": (ringing, busy, dialling, modem),
    "machines": (siren, engine),
}
"""Functions by kind of sound."""


def _chord(rng: Rng) -> Signal:
    root = 110 * 2 ** (rng.integers(0, 12) / 12)
    time = _time(3.0)
    notes = [
        _saw(root * 2 ** (step / 12) * (1 + off) * time)
        for step in (MINOR, MAJOR)[rng.integers(2)]
        for off in (-0.003, 0.003)
    ]
    swell = np.minimum(1, time / 0.3) * np.minimum(1, (3.0 - time) / 0.3)
    return _filtered(np.sum(notes, axis=0) * swell, 0, rng.uniform(600, 2000))


def _bowed(rng: Rng) -> Signal:
    hertz = rng.choice([220.0, 330.0, 440.0]) * 2 ** (rng.choice(SCALE) / 12)
    time = _time(0.6)
    vibrato = 1 + 0.012 * np.sin(2 * np.pi * rng.uniform(5, 7) * time)
    swell = np.minimum(1, time / 0.05) * np.minimum(1, (0.6 - time) / 0.1)
    return _filtered(_saw(np.cumsum(hertz * vibrato) / SAMPLE_RATE) * swell, 0, 3000)


def _string(rng: Rng, seconds: float) -> Signal:
    period = int(SAMPLE_RATE / (110 * 2 ** (rng.choice(SCALE) / 12 + rng.integers(0, 2))))
    turns = [rng.uniform(-1, 1, period)]
    while len(turns) * period < _count(seconds):
        turns.append(0.498 * (turns[-1] + np.roll(turns[-1], 1)))
    return np.concatenate(turns)[: _count(seconds)]


def _sung(rng: Rng, vowels: Sequence[Sequence[float]], seconds: float) -> Signal:
    """A sawtooth through the formants of consecutive `vowels` (source-filter model, Fant 1960)."""
    time = _time(seconds)
    pitch = rng.uniform(90, 260)
    hertz = pitch * (
        1 + 0.15 * np.sin(np.pi * time / seconds) + 0.01 * np.sin(2 * np.pi * 5 * time)
    )
    source = _saw(np.cumsum(hertz) / SAMPLE_RATE) + 0.02 * rng.normal(size=len(time))
    swell = np.minimum(1, time / 0.06) * np.minimum(1, (seconds - time) / 0.1)
    shaped = [
        np.sum([_filtered(source, formant, 60 + formant / 15) for formant in vowel], axis=0)
        for vowel in vowels
    ]
    if len(shaped) == 1:
        return shaped[0] * swell
    place = time / seconds * (len(shaped) - 1)
    blend = [np.clip(1 - np.abs(place - number), 0, 1) for number in range(len(shaped))]
    return np.sum([part * share for part, share in zip(shaped, blend, strict=True)], axis=0) * swell


def _cadence(seconds: float, tones: Sequence[float], on: float, period: float) -> Signal:
    time = _time(seconds)
    sound = np.sum([np.sin(2 * np.pi * hertz * time) for hertz in tones], axis=0)
    return _normalised(sound * (time % period < on))


def _sequence(seconds: float, pace_s: float, make: Callable[[], Signal]) -> Signal:
    track = np.zeros(_count(seconds))
    for at in np.arange(0, seconds, pace_s):
        _add(track, at, make())
    return _normalised(track)


def _add(track: Signal, at_s: float, sound: Signal) -> None:
    start = max(0, _count(at_s))
    piece = sound[: max(0, len(track) - start)]
    track[start : start + len(piece)] += piece


def _struck(seconds: float, decay_s: float, sound: Signal) -> Signal:
    return sound * np.exp(-_time(seconds) / decay_s)


def _saw(turns: Signal) -> Signal:
    return 2 * (turns % 1) - 1


def _sloped(seconds: float, rng: Rng, power: float) -> Signal:
    """Noise whose amplitude falls with frequency to that power."""
    count = _count(seconds)
    spectrum = np.fft.rfft(rng.normal(size=count))
    hertz = np.fft.rfftfreq(count, 1 / SAMPLE_RATE)
    return np.fft.irfft(spectrum / np.maximum(hertz, 20) ** power, count)


def _filtered(sound: Signal, hertz: float, width: float) -> Signal:
    """The sound through a bell-shaped band-pass around `hertz`, of that half width."""
    spectrum = np.fft.rfft(sound)
    away = (np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE) - hertz) / width
    return np.fft.irfft(spectrum / (1 + away**2), len(sound))


def _normalised(sound: Signal) -> Signal:
    return sound / max(1e-9, float(np.abs(sound).max()))


def _time(seconds: float) -> Signal:
    return np.arange(_count(seconds)) / SAMPLE_RATE


def _count(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)
