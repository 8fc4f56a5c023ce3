"""The scheduling policy, on a clock of the test's own."""

from __future__ import annotations

import pytest

from sentivox.scheduling.policy import DUE_S, GROUP_WAIT_S, BatchLimits, Entry, next_batch
from sentivox.types import Priority

FINAL, UPLOAD, INTERIM = Priority.FINAL, Priority.UPLOAD, Priority.INTERIM


def entry(
    priority: Priority = UPLOAD, cost: float = 1.0, arrived: float = 0.0, *, group: bool = False
) -> Entry:
    return Entry(priority, cost, arrived, arrived + GROUP_WAIT_S if group else -float("inf"))


def batches(
    *waiting: Entry, limits: BatchLimits | None = None, now: float = 0.0
) -> list[list[Entry]]:
    """The batches of a stage that runs one at a time."""
    found = []
    while batch := next_batch(waiting, now, 0, limits or BatchLimits()):
        found.append(batch)
        waiting = tuple(each for each in waiting if each not in batch)
    return found


def test_waiting_entries_share_a_batch() -> None:
    first, second = entry(), entry()
    assert batches(first, second) == [[first, second]]


def test_no_batch_starts_while_as_many_run_as_may() -> None:
    waiting = [entry()]
    limits = BatchLimits(max_concurrent_batches=2)
    assert next_batch(waiting, 0.0, 2, limits) == []
    assert next_batch(waiting, 0.0, 1, limits) == waiting


def test_final_text_goes_before_uploads_and_uploads_before_interim_text() -> None:
    interim, upload, final = entry(INTERIM), entry(UPLOAD), entry(FINAL)
    assert batches(interim, upload, final) == [[final], [upload], [interim]]


def test_interim_text_leaves_a_slot_for_final_text() -> None:
    limits = BatchLimits(max_concurrent_batches=2)
    interim, final = entry(INTERIM), entry(FINAL)
    assert next_batch([interim], 0.0, 1, limits) == []
    assert next_batch([interim, final], 0.0, 1, limits) == [final]


def test_interim_text_takes_the_only_slot_of_a_stage_that_has_one() -> None:
    assert len(batches(entry(INTERIM))) == 1


def test_a_short_upload_passes_a_long_one() -> None:
    long, short = entry(cost=30.0), entry(cost=2.0, arrived=1.0)
    assert batches(long, short, limits=BatchLimits(max_batch=30.0)) == [[short], [long]]


def test_a_long_upload_that_has_waited_goes_before_a_short_one() -> None:
    long = entry(cost=30.0)
    late = entry(cost=1.0, arrived=30.0 * DUE_S)
    assert batches(long, late, limits=BatchLimits(max_batch=30.0)) == [[long], [late]]


def test_a_batch_of_uploads_costs_its_longest_row_for_every_row() -> None:
    entries = [entry(cost=cost) for cost in (10.0, 10.0, 20.0)]
    limits = BatchLimits(max_batch=50.0)
    assert [len(batch) for batch in batches(*entries, limits=limits)] == [2, 1]


def test_rows_without_padding_add_up() -> None:
    entries = [entry(cost=cost) for cost in (1.0, 16.0, 2.0, 20.0)]
    limits = BatchLimits(max_batch=32.0, padded=False)
    assert [len(batch) for batch in batches(*entries, limits=limits)] == [3, 1]


def test_live_speech_has_smaller_batches() -> None:
    limits = BatchLimits(max_batch=100.0, max_live_batch=10.0)
    finals = [entry(FINAL, 5.0) for _ in range(4)]
    assert [len(batch) for batch in batches(*finals, limits=limits)] == [2, 2]


def test_an_entry_larger_than_a_batch_has_one_of_its_own() -> None:
    huge = entry(cost=500.0)
    assert batches(huge, limits=BatchLimits(max_batch=10.0)) == [[huge]]


@pytest.mark.parametrize(("now", "count"), [(0.5 * GROUP_WAIT_S, 0), (GROUP_WAIT_S, 1)])
def test_an_entry_of_a_decode_group_waits_for_the_others(now: float, count: int) -> None:
    assert len(batches(entry(group=True), now=now)) == count


def test_an_entry_that_may_start_takes_waiting_group_entries_along() -> None:
    waiting, alone = entry(group=True), entry()
    assert batches(waiting, alone) == [[waiting, alone]]
