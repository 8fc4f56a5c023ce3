from __future__ import annotations

from contextlib import ExitStack

import pytest

from sentivox.errors import Overloaded
from sentivox.scheduling.admission import CROWD, PACE, Admission
from sentivox.settings import AdmissionSlo

SECOND = 32_000
"""Bytes."""
PATIENCE = AdmissionSlo(base_s=1.0, share=0.3)


def test_who_would_wait_too_long_is_told_when_to_come_back() -> None:
    admission = Admission(PATIENCE)
    with ExitStack() as inside:
        for _ in range(3):
            inside.enter_context(admission.entry(int(PACE * SECOND)))
        with pytest.raises(Overloaded) as refused, admission.entry(SECOND):
            pass
        assert refused.value.retry_after == 3
    with admission.entry(SECOND):
        pass


def test_who_seems_a_little_late_is_let_in() -> None:
    admission = Admission(PATIENCE)
    with ExitStack() as inside:
        inside.enter_context(admission.entry(int(1.4 * PACE * SECOND)))
        inside.enter_context(admission.entry(SECOND))
        inside.enter_context(admission.entry(5 * SECOND))
        with pytest.raises(Overloaded), admission.entry(SECOND):
            pass


def test_who_sends_more_has_more_patience() -> None:
    admission = Admission(PATIENCE)
    with ExitStack() as inside:
        for _ in range(2):
            inside.enter_context(admission.entry(int(PACE * SECOND)))
        with pytest.raises(Overloaded), admission.entry(SECOND):
            pass
        with admission.entry(20 * SECOND):
            pass


def test_a_long_file_keeps_no_short_one_out() -> None:
    admission = Admission(PATIENCE)
    with admission.entry(SECOND) as long:
        admission.decoded(long, 3600.0)
        with admission.entry(SECOND):
            pass


def test_how_long_files_are_for_their_size_is_learnt() -> None:
    admission = Admission(PATIENCE)
    for _ in range(200):
        with admission.entry(SECOND) as entry:
            admission.decoded(entry, 8.0)
    with admission.entry(SECOND) as entry:
        assert entry.seconds == pytest.approx(8.0, abs=0.1)


def test_a_rest_between_files_is_no_slow_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    admission, now = Admission(PATIENCE), [0.0]
    monkeypatch.setattr("sentivox.scheduling.admission.time.monotonic", lambda: now[0])
    for _ in range(50):
        answer_together(admission, 2 * CROWD, SECOND // 10, now, 0.1)
        now[0] += 1000.0
    with ExitStack() as inside:
        for _ in range(5):
            inside.enter_context(admission.entry(SECOND))


def test_what_fails_makes_room_too() -> None:
    admission = Admission(PATIENCE)
    with pytest.raises(ValueError, match="broken"), admission.entry(29 * SECOND):
        raise ValueError("broken")
    with admission.entry(SECOND):
        pass


def test_without_patience_everybody_is_let_in() -> None:
    admission = Admission()
    with ExitStack() as inside:
        for _ in range(1000):
            inside.enter_context(admission.entry(SECOND))


@pytest.mark.parametrize(("files", "refused"), [(CROWD - 1, False), (CROWD, True)])
def test_only_a_crowd_tells_how_fast_files_are_heard(
    monkeypatch: pytest.MonkeyPatch, files: int, *, refused: bool
) -> None:
    """They take a minute for a second of audio each."""
    admission, now = Admission(PATIENCE), [0.0]
    monkeypatch.setattr("sentivox.scheduling.admission.time.monotonic", lambda: now[0])
    answer_together(admission, files, SECOND, now, 60.0)
    with admission.entry(SECOND):
        if refused:
            with pytest.raises(Overloaded), admission.entry(SECOND):
                pass
        else:
            with admission.entry(SECOND):
                pass


def test_who_gives_up_tells_nothing_of_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    admission, now = Admission(PATIENCE), [0.0]
    monkeypatch.setattr("sentivox.scheduling.admission.time.monotonic", lambda: now[0])
    with ExitStack() as inside:
        for _ in range(CROWD):
            inside.enter_context(admission.entry(SECOND))
        now[0] += 600.0
    with admission.entry(SECOND), admission.entry(SECOND):
        pass


def test_long_files_tell_nothing_of_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    admission, now = Admission(PATIENCE), [0.0]
    monkeypatch.setattr("sentivox.scheduling.admission.time.monotonic", lambda: now[0])
    with ExitStack() as inside:
        for _ in range(2 * CROWD):
            entry = inside.enter_context(admission.entry(SECOND))
            admission.decoded(entry, 3600.0)
            now[0] += 600.0
            admission.answered(entry)
    with admission.entry(SECOND), admission.entry(SECOND):
        pass


def test_a_bad_pace_fades(monkeypatch: pytest.MonkeyPatch) -> None:
    admission, now = Admission(PATIENCE), [0.0]
    monkeypatch.setattr("sentivox.scheduling.admission.time.monotonic", lambda: now[0])
    answer_together(admission, CROWD, SECOND, now, 600.0)
    with pytest.raises(Overloaded), admission.entry(SECOND), admission.entry(SECOND):
        pass
    for _ in range(1000):
        answer_together(admission, 1, SECOND, now, 0.3)
    with admission.entry(SECOND), admission.entry(SECOND):
        pass


def test_a_good_pace_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    admission, now = Admission(PATIENCE), [0.0]
    monkeypatch.setattr("sentivox.scheduling.admission.time.monotonic", lambda: now[0])
    for _ in range(100):
        answer_together(admission, CROWD, SECOND, now, 0.01)
    for _ in range(200):
        answer_together(admission, 1, SECOND, now, 60.0)
    with ExitStack() as inside:
        for _ in range(40):
            inside.enter_context(admission.entry(3 * SECOND))


def answer_together(
    admission: Admission, files: int, size: int, now: list[float], seconds: float
) -> None:
    """They come at once, and are answered at once after so many seconds."""
    with ExitStack() as inside:
        entries = [inside.enter_context(admission.entry(size)) for _ in range(files)]
        now[0] += seconds
        for entry in entries:
            admission.answered(entry)
