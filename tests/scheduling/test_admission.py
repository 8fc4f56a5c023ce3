"""Admission control, on a clock of the test's own."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from sentivox.errors import Overloaded
from sentivox.scheduling.admission import BUSY_FILES, INITIAL_RTFX, Admission
from sentivox.settings import AdmissionSlo

SECOND = 32_000
"""Bytes of one second of audio."""
SLO = AdmissionSlo(base_s=1.0, per_audio_second=0.3)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def done_together(
    admission: Admission, clock: Clock, files: int, size: int, seconds: float
) -> None:
    """Files that arrive at the same time and are all done `seconds` later."""
    with ExitStack() as inside:
        admitted = [inside.enter_context(admission.admit(size)) for _ in range(files)]
        clock.now += seconds
        for file in admitted:
            admission.done(file)


def is_refused_beside_one(admission: Admission) -> bool:
    """Whether a second file of one second is refused."""
    with admission.admit(SECOND):
        try:
            with admission.admit(SECOND):
                return False
        except Overloaded:
            return True


def test_a_request_that_would_miss_the_objective_is_refused_with_a_time() -> None:
    admission = Admission(SLO)
    with ExitStack() as inside:
        for _ in range(3):
            inside.enter_context(admission.admit(int(INITIAL_RTFX * SECOND)))
        with pytest.raises(Overloaded) as refused, admission.admit(SECOND):
            pass
        assert refused.value.retry_after == 3
    with admission.admit(SECOND):
        pass


def test_a_request_that_would_be_a_little_late_is_admitted() -> None:
    admission = Admission(SLO)
    with ExitStack() as inside:
        inside.enter_context(admission.admit(int(1.4 * INITIAL_RTFX * SECOND)))
        inside.enter_context(admission.admit(SECOND))
        inside.enter_context(admission.admit(5 * SECOND))
        with pytest.raises(Overloaded), admission.admit(SECOND):
            pass


def test_longer_files_have_a_longer_objective() -> None:
    admission = Admission(SLO)
    with ExitStack() as inside:
        for _ in range(2):
            inside.enter_context(admission.admit(int(INITIAL_RTFX * SECOND)))
        with pytest.raises(Overloaded), admission.admit(SECOND):
            pass
        with admission.admit(20 * SECOND):
            pass


def test_a_long_file_in_progress_refuses_no_short_one() -> None:
    admission = Admission(SLO)
    with admission.admit(SECOND) as long:
        admission.decoded(long, 3600.0)
        with admission.admit(SECOND):
            pass


def test_the_length_of_files_by_their_size_is_learnt() -> None:
    admission = Admission(SLO)
    for _ in range(200):
        with admission.admit(SECOND) as file:
            admission.decoded(file, 8.0)
    with admission.admit(SECOND) as file:
        assert file.seconds == pytest.approx(8.0, abs=0.1)


def test_idle_time_between_files_doesnt_lower_the_throughput() -> None:
    clock = Clock()
    admission = Admission(SLO, clock)
    for _ in range(50):
        done_together(admission, clock, 2 * BUSY_FILES, SECOND // 10, 0.1)
        clock.now += 1000.0
    with ExitStack() as inside:
        for _ in range(5):
            inside.enter_context(admission.admit(SECOND))


def test_a_file_that_fails_leaves() -> None:
    admission = Admission(SLO)
    with pytest.raises(ValueError, match="broken"), admission.admit(29 * SECOND):
        raise ValueError("broken")
    with admission.admit(SECOND):
        pass


def test_without_an_objective_every_request_is_admitted() -> None:
    admission = Admission()
    with ExitStack() as inside:
        for _ in range(1000):
            inside.enter_context(admission.admit(SECOND))


@pytest.mark.parametrize(("files", "refused"), [(BUSY_FILES - 1, False), (BUSY_FILES, True)])
def test_only_busy_stages_measure_the_throughput(files: int, *, refused: bool) -> None:
    clock = Clock()
    admission = Admission(SLO, clock)
    done_together(admission, clock, files, SECOND, 60.0)
    assert is_refused_beside_one(admission) is refused


def test_files_that_are_given_up_dont_count_for_the_throughput() -> None:
    clock = Clock()
    admission = Admission(SLO, clock)
    with ExitStack() as inside:
        for _ in range(BUSY_FILES):
            inside.enter_context(admission.admit(SECOND))
        clock.now += 600.0
    assert not is_refused_beside_one(admission)


def test_long_files_dont_count_for_the_throughput() -> None:
    clock = Clock()
    admission = Admission(SLO, clock)
    with ExitStack() as inside:
        for _ in range(2 * BUSY_FILES):
            file = inside.enter_context(admission.admit(SECOND))
            admission.decoded(file, 3600.0)
            clock.now += 600.0
            admission.done(file)
    assert not is_refused_beside_one(admission)


def test_a_low_throughput_is_forgotten() -> None:
    clock = Clock()
    admission = Admission(SLO, clock)
    done_together(admission, clock, BUSY_FILES, SECOND, 600.0)
    assert is_refused_beside_one(admission)
    for _ in range(1000):
        done_together(admission, clock, 1, SECOND, 0.3)
    assert not is_refused_beside_one(admission)


def test_a_high_throughput_is_kept() -> None:
    clock = Clock()
    admission = Admission(SLO, clock)
    for _ in range(100):
        done_together(admission, clock, BUSY_FILES, SECOND, 0.01)
    for _ in range(200):
        done_together(admission, clock, 1, SECOND, 60.0)
    with ExitStack() as inside:
        for _ in range(40):
            inside.enter_context(admission.admit(3 * SECOND))
