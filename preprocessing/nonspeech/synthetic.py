"""Sounds in which nobody speaks, made from numbers: hushes, hums, music, machines, applause.

Every maker takes seconds and a generator of chance, and returns samples at SAMPLE_RATE, float, with
a loudest sample of about 1. The same seed makes the same sound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from sentivox.types import SAMPLE_RATE

Signal = npt.NDArray[np.float64]
Chance = np.random.Generator
Maker = Callable[[float, Chance], Signal]

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
"""First three formants of men's vowels, in hertz: Peterson and Barney 1952."""
DTMF_ROWS, DTMF_COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
"""ITU-T Q.23."""


def white(seconds: float, chance: Chance) -> Signal:
    return _full(chance.normal(size=_count(seconds)))


def pink(seconds: float, chance: Chance) -> Signal:
    return _full(_sloped(seconds, chance, 0.5))


def brown(seconds: float, chance: Chance) -> Signal:
    return _full(_sloped(seconds, chance, 1.0))


def hum(seconds: float, chance: Chance) -> Signal:
    """Mains at 50 or 60 Hz and their harmonics, fainter the higher."""
    mains = chance.choice([50, 60])
    time = _time(seconds)
    parts = [
        np.sin(2 * np.pi * mains * n * time + chance.uniform(0, 6)) * chance.uniform(0.3, 1) / n
        for n in range(1, 12)
    ]
    return _full(np.sum(parts, axis=0))


def room(seconds: float, chance: Chance) -> Signal:
    """A fan, the mains, and a little of everything."""
    slow = 1 + 0.2 * np.sin(2 * np.pi * chance.uniform(0.1, 0.5) * _time(seconds))
    return _full(
        slow * brown(seconds, chance) + 0.2 * hum(seconds, chance) + 0.05 * pink(seconds, chance)
    )


def rain(seconds: float, chance: Chance) -> Signal:
    drops = chance.normal(size=_count(seconds)) * (chance.random(_count(seconds)) < 0.01)
    return _full(0.3 * white(seconds, chance) + _filtered(drops, 3000, 2000))


def wind(seconds: float, chance: Chance) -> Signal:
    """Noise whose pitch and strength wander."""
    corners = chance.uniform(0.1, 1, int(seconds) + 2)
    gusts = np.interp(_time(seconds), np.arange(len(corners)), corners)
    return _full(
        gusts * (brown(seconds, chance) + 0.4 * _filtered(white(seconds, chance), 500, 150))
    )


def chords(seconds: float, chance: Chance) -> Signal:
    """A pad: a few chords after each other, each of soft saws slightly out of tune."""
    return _in_turn(seconds, chance.uniform(1.5, 3), lambda: _chord(chance))


def drums(seconds: float, chance: Chance) -> Signal:
    beat_s = 60 / chance.uniform(80, 140)
    track = np.zeros(_count(seconds))
    for number, at in enumerate(np.arange(0, seconds, beat_s / 2)):
        _add(track, at, 0.3 * _struck(0.05, 0.02, chance.normal(size=_count(0.05))))
        if number % 4 == 0:
            _add(track, at, _struck(0.3, 0.1, np.sin(300 * np.exp(-12 * _time(0.3)))))
        if number % 4 == 2:
            _add(track, at, 0.7 * _struck(0.2, 0.05, chance.normal(size=_count(0.2))))
    return _full(track)


def melody(seconds: float, chance: Chance) -> Signal:
    """A bowed string that plays from a scale, with vibrato."""
    return _in_turn(seconds, chance.uniform(0.25, 0.6), lambda: _bowed(chance))


def plucked(seconds: float, chance: Chance) -> Signal:
    """A guitar: Karplus and Strong 1983."""
    return _in_turn(seconds, chance.uniform(0.2, 0.5), lambda: _string(chance, 1.0))


def band(seconds: float, chance: Chance) -> Signal:
    return _full(chords(seconds, chance) + drums(seconds, chance) + 0.7 * melody(seconds, chance))


def humming(seconds: float, chance: Chance) -> Signal:
    """Like somebody humming a tune on one vowel."""
    vowel = VOWELS[chance.integers(len(VOWELS))]
    return _in_turn(seconds, chance.uniform(0.4, 0.9), lambda: _sung(chance, [vowel], 0.8))


def buzzing(seconds: float, chance: Chance) -> Signal:
    """Like a voice that glides from vowel to vowel and says nothing."""
    return _in_turn(
        seconds,
        chance.uniform(0.5, 1.0),
        lambda: _sung(chance, [VOWELS[n] for n in chance.integers(len(VOWELS), size=3)], 0.9),
    )


def crowd(seconds: float, chance: Chance) -> Signal:
    """Many such voices at once, far away."""
    voices = sum(np.roll(buzzing(seconds, chance), chance.integers(8000)) for _ in range(10))
    return _full(voices + 3 * pink(seconds, chance))


def applause(seconds: float, chance: Chance) -> Signal:
    """Thirty people, each clapping at a pace of their own."""
    track = np.zeros(_count(seconds))
    for _ in range(30):
        pitch, loud = chance.uniform(800, 2500), chance.uniform(0.2, 1)
        clap = _filtered(_struck(0.04, 0.008, chance.normal(size=_count(0.04))), pitch, 900)
        for at in np.arange(chance.uniform(0, 0.3), seconds, chance.uniform(0.18, 0.32)):
            _add(track, at + chance.normal(0, 0.01), loud * clap)
    return _full(track)


def clicks(seconds: float, chance: Chance) -> Signal:
    track = np.zeros(_count(seconds))
    for at in chance.uniform(0, seconds, int(2 * seconds)):
        _add(track, at, chance.uniform(0.2, 1) * _struck(0.01, 0.002, chance.normal(size=160)))
    return _full(track)


def keyboard(seconds: float, chance: Chance) -> Signal:
    """Keys go down and come up, in bursts."""
    track = np.zeros(_count(seconds))
    at = 0.2
    while at < seconds:
        for delay, loud in ((0.0, 1.0), (chance.uniform(0.06, 0.1), 0.5)):
            knock = _struck(0.03, 0.006, chance.normal(size=_count(0.03)))
            _add(track, at + delay, loud * chance.uniform(0.5, 1) * _filtered(knock, 2500, 1800))
        at += chance.uniform(0.09, 0.25) if chance.random() < 0.85 else chance.uniform(0.6, 1.5)
    return _full(track)


def ringing(seconds: float, chance: Chance) -> Signal:
    """Ringback: 440 and 480 Hz for two seconds in six, or 425 Hz for one in five."""
    tones, on, period = (((440, 480), 2, 6), ((425,), 1, 5))[chance.integers(2)]
    return _cadence(seconds, tones, on, period)


def busy(seconds: float, chance: Chance) -> Signal:
    tones, on, period = (((480, 620), 0.5, 1), ((425,), 0.48, 0.96))[chance.integers(2)]
    return _cadence(seconds, tones, on, period)


def dialling(seconds: float, chance: Chance) -> Signal:
    def key() -> Signal:
        row, column = chance.choice(DTMF_ROWS), chance.choice(DTMF_COLUMNS)
        time = _time(0.12)
        return np.sin(2 * np.pi * row * time) + np.sin(2 * np.pi * column * time)

    return _in_turn(seconds, 0.25, key)


def modem(seconds: float, chance: Chance) -> Signal:
    """300 baud by two tones: Bell 103."""
    bits = np.repeat(chance.integers(0, 2, int(seconds * 300) + 1), SAMPLE_RATE // 300 + 1)
    hertz = np.where(bits[: _count(seconds)], 1270.0, 1070.0)
    return _full(np.sin(2 * np.pi * np.cumsum(hertz) / SAMPLE_RATE))


def siren(seconds: float, chance: Chance) -> Signal:
    middle, pace = chance.uniform(600, 1000), chance.uniform(0.2, 2)
    hertz = middle + 0.4 * middle * np.sin(2 * np.pi * pace * _time(seconds))
    return _full(np.sin(2 * np.pi * np.cumsum(hertz) / SAMPLE_RATE))


def engine(seconds: float, chance: Chance) -> Signal:
    """A buzz whose pitch goes up and down, and its noise."""
    corners = chance.uniform(25, 90, int(seconds) + 2)
    hertz = np.interp(_time(seconds), np.arange(len(corners)), corners)
    return _full(_saw(np.cumsum(hertz) / SAMPLE_RATE) + 0.8 * brown(seconds, chance))


MAKERS: dict[str, Sequence[Maker]] = {
    "noise": (white, pink, brown, rain, wind),
    "hum and room": (hum, room),
    "music": (chords, drums, melody, plucked, band),
    "voice-like": (humming, buzzing, crowd),
    "applause": (applause,),
    "clicks and keys": (clicks, keyboard),
    "telephone": (ringing, busy, dialling, modem),
    "machines": (siren, engine),
}
"""By kind of sound."""


def _chord(chance: Chance) -> Signal:
    root = 110 * 2 ** (chance.integers(0, 12) / 12)
    time = _time(3.0)
    notes = [
        _saw(root * 2 ** (step / 12) * (1 + off) * time)
        for step in (MINOR, MAJOR)[chance.integers(2)]
        for off in (-0.003, 0.003)
    ]
    swell = np.minimum(1, time / 0.3) * np.minimum(1, (3.0 - time) / 0.3)
    return _filtered(np.sum(notes, axis=0) * swell, 0, chance.uniform(600, 2000))


def _bowed(chance: Chance) -> Signal:
    hertz = chance.choice([220.0, 330.0, 440.0]) * 2 ** (chance.choice(SCALE) / 12)
    time = _time(0.6)
    vibrato = 1 + 0.012 * np.sin(2 * np.pi * chance.uniform(5, 7) * time)
    swell = np.minimum(1, time / 0.05) * np.minimum(1, (0.6 - time) / 0.1)
    return _filtered(_saw(np.cumsum(hertz * vibrato) / SAMPLE_RATE) * swell, 0, 3000)


def _string(chance: Chance, seconds: float) -> Signal:
    period = int(SAMPLE_RATE / (110 * 2 ** (chance.choice(SCALE) / 12 + chance.integers(0, 2))))
    turns = [chance.uniform(-1, 1, period)]
    while len(turns) * period < _count(seconds):
        turns.append(0.498 * (turns[-1] + np.roll(turns[-1], 1)))
    return np.concatenate(turns)[: _count(seconds)]


def _sung(chance: Chance, vowels: Sequence[Sequence[float]], seconds: float) -> Signal:
    """A buzz through the formants of `vowels`, one after the other: Fant's source and filter."""
    time = _time(seconds)
    pitch = chance.uniform(90, 260)
    hertz = pitch * (
        1 + 0.15 * np.sin(np.pi * time / seconds) + 0.01 * np.sin(2 * np.pi * 5 * time)
    )
    source = _saw(np.cumsum(hertz) / SAMPLE_RATE) + 0.02 * chance.normal(size=len(time))
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
    return _full(sound * (time % period < on))


def _in_turn(seconds: float, pace_s: float, make: Callable[[], Signal]) -> Signal:
    track = np.zeros(_count(seconds))
    for at in np.arange(0, seconds, pace_s):
        _add(track, at, make())
    return _full(track)


def _add(track: Signal, at_s: float, sound: Signal) -> None:
    start = max(0, _count(at_s))
    piece = sound[: max(0, len(track) - start)]
    track[start : start + len(piece)] += piece


def _struck(seconds: float, decay_s: float, sound: Signal) -> Signal:
    return sound * np.exp(-_time(seconds) / decay_s)


def _saw(turns: Signal) -> Signal:
    return 2 * (turns % 1) - 1


def _sloped(seconds: float, chance: Chance, power: float) -> Signal:
    """Noise whose spectrum falls with frequency to that power."""
    count = _count(seconds)
    spectrum = np.fft.rfft(chance.normal(size=count))
    hertz = np.fft.rfftfreq(count, 1 / SAMPLE_RATE)
    return np.fft.irfft(spectrum / np.maximum(hertz, 20) ** power, count)


def _filtered(sound: Signal, hertz: float, width: float) -> Signal:
    """What is near `hertz`: a bell of that width, on both sides together."""
    spectrum = np.fft.rfft(sound)
    away = (np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE) - hertz) / width
    return np.fft.irfft(spectrum / (1 + away**2), len(sound))


def _full(sound: Signal) -> Signal:
    return sound / max(1e-9, float(np.abs(sound).max()))


def _time(seconds: float) -> Signal:
    return np.arange(_count(seconds)) / SAMPLE_RATE


def _count(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)
