from __future__ import annotations

from contextlib import ExitStack

import pytest

from deployments.admission import USUAL_S, Admission
from sentivox.errors import Overloaded


def test_who_comes_while_enough_is_under_way_is_told_when_to_come_back() -> None:
    admission = Admission(most_s=7.5)
    with ExitStack() as inside:
        for _ in range(2):
            admission.decoded(inside.enter_context(admission.entry()), 4.0)
        with pytest.raises(Overloaded) as refused, admission.entry():
            pass
        assert 8 <= refused.value.retry_after <= 9
    with admission.entry():
        pass


def test_a_file_that_is_not_decoded_yet_counts_as_much_as_others() -> None:
    admission = Admission(most_s=USUAL_S)
    with admission.entry(), pytest.raises(Overloaded), admission.entry():
        pass


def test_a_long_file_keeps_no_short_one_out() -> None:
    admission = Admission(most_s=1.0)
    with admission.entry() as long:
        admission.decoded(long, 3600.0)
        with admission.entry():
            pass


def test_what_fails_makes_room_too() -> None:
    admission = Admission(most_s=1.0)
    with pytest.raises(ValueError, match="broken"), admission.entry():
        raise ValueError("broken")
    with admission.entry():
        pass


def test_without_a_limit_everybody_is_let_in() -> None:
    admission = Admission()
    with ExitStack() as inside:
        for _ in range(1000):
            inside.enter_context(admission.entry())
