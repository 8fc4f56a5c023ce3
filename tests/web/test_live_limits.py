from __future__ import annotations

from sentivox.web.live_limits import MESSAGE_SECONDS, Lead


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_audio_at_the_pace_it_is_spoken_is_always_welcome() -> None:
    clock = Clock()
    lead = Lead(1.0, clock)
    for _ in range(1000):
        clock.now += 0.1
        assert lead.add(0.1)


def test_audio_may_come_early_but_not_by_more_than_the_lead() -> None:
    lead = Lead(3.0, Clock())
    assert [lead.add(1.0) for _ in range(4)] == [True, True, True, False]


def test_time_that_was_not_used_is_not_saved_up() -> None:
    clock = Clock()
    lead = Lead(1.0, clock)
    clock.now = 3600.0
    assert not lead.add(2.0)


def test_messages_without_audio_count_too() -> None:
    lead = Lead(10 * MESSAGE_SECONDS, Clock())
    assert [lead.add(0.0) for _ in range(11)].count(False) == 1
