from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sentivox.transcript.time_order import TimeOrder
from sentivox.types import TranscribedSegment


def said(start: float, text: str = "") -> TranscribedSegment:
    return TranscribedSegment(start, start + 1, text, "en")


def test_a_segment_waits_for_those_that_begin_before_it() -> None:
    order = TimeOrder()
    order.add([said(0), said(5)])
    assert order.before(3) == [said(0)]
    order.add([said(3)])
    assert order.before(9) == [said(3), said(5)]
    assert order.before(99) == []


def test_what_begins_together_stays_as_it_came() -> None:
    order = TimeOrder()
    order.add([said(1, "first")])
    order.add([said(1, "second")])
    assert [segment.text for segment in order.before(2)] == ["first", "second"]


WINDOWS = st.lists(st.tuples(st.floats(0, 50), st.lists(st.floats(0, 30), max_size=4)), max_size=8)


@given(WINDOWS)
def test_windows_in_order_of_their_starts_give_segments_in_order(
    windows: list[tuple[float, list[float]]],
) -> None:
    windows.sort(key=lambda window: window[0])
    order, given_out = TimeOrder(), []
    for number, (start, offsets) in enumerate(windows):
        order.add(said(start + offset) for offset in offsets)
        last = number + 1 == len(windows)
        given_out += order.before(float("inf") if last else windows[number + 1][0])
    starts = [segment.start for segment in given_out]
    assert starts == sorted(starts)
    assert len(starts) == sum(len(offsets) for _, offsets in windows)
