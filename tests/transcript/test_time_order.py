"""Order of segments by time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sentivox.transcript.time_order import TimeOrder
from sentivox.types import TranscribedSegment


def segment_of(start: float, text: str = "") -> TranscribedSegment:
    return TranscribedSegment(start, start + 1, text, "en")


def test_a_segment_waits_for_earlier_ones() -> None:
    order = TimeOrder()
    order.add([segment_of(0), segment_of(5)])
    assert order.before(3) == [segment_of(0)]
    order.add([segment_of(3)])
    assert order.before(9) == [segment_of(3), segment_of(5)]
    assert order.before(99) == []


def test_segments_with_the_same_start_keep_their_order() -> None:
    order = TimeOrder()
    order.add([segment_of(1, "first")])
    order.add([segment_of(1, "second")])
    assert [segment.text for segment in order.before(2)] == ["first", "second"]


WINDOWS = st.lists(st.tuples(st.floats(0, 50), st.lists(st.floats(0, 30), max_size=4)), max_size=8)


@given(WINDOWS)
def test_windows_in_order_of_starts_give_segments_in_order(
    windows: list[tuple[float, list[float]]],
) -> None:
    windows.sort(key=lambda window: window[0])
    order, returned = TimeOrder(), []
    for number, (start, offsets) in enumerate(windows):
        order.add(segment_of(start + offset) for offset in offsets)
        last = number + 1 == len(windows)
        returned += order.before(float("inf") if last else windows[number + 1][0])
    starts = [segment.start for segment in returned]
    assert starts == sorted(starts)
    assert len(starts) == sum(len(offsets) for _, offsets in windows)
