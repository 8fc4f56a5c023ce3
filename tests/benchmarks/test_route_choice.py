"""A language moves where another recogniser is better by more than chance, and stays otherwise."""

from __future__ import annotations

import pytest
from deployments.served_families import ServedFamilies

from benchmarks.candidates import Candidate, candidates
from benchmarks.licences import licence_of
from benchmarks.route_choice import ClipErrors, Measured, choose, clip_errors
from benchmarks.routes import chosen, route
from sentivox.languages import LanguageFamily
from sentivox.settings import RecognitionSettings

GREEDY = RecognitionSettings()
BEAM = RecognitionSettings(beam_size=5)
MMS = RecognitionSettings(engine="ctc", model="facebook/mms-1b-all@abc", compute_type="float32")
GERMANIC, ROMANCE, SLAVIC = (
    LanguageFamily.GERMANIC,
    LanguageFamily.ROMANCE,
    LanguageFamily.SLAVIC,
)
SERVED = ServedFamilies({GERMANIC: GREEDY, ROMANCE: BEAM, SLAVIC: GREEDY}, GERMANIC, {})


def measured(
    errors: list[int], settings: RecognitionSettings = GREEDY, *families: LanguageFamily
) -> Measured:
    """Clips of ten words and fifty letters, as many errors by letters as by words."""
    clips = tuple(ClipErrors(count, 10, count, 50) for count in errors)
    return Measured(Candidate(settings, families, "MIT"), clips, 5.0)


USUAL = [3, 1, 4, 1, 5, 2, 2, 3] * 5
A_LITTLE_BETTER = [2, *USUAL[1:]]
MUCH_BETTER = [count - 1 for count in USUAL]


def test_errors_are_counted_without_case_and_punctuation() -> None:
    assert clip_errors("Hold the line, please.", "hold THE lime") == ClipErrors(2, 4, 8, 20)


def test_what_is_better_by_more_than_chance_wins() -> None:
    incumbent, other = measured(USUAL), measured(MUCH_BETTER)
    assert choose(incumbent, [other], "nl") is other


def test_noise_moves_nothing() -> None:
    incumbent, other = measured(USUAL), measured(A_LITTLE_BETTER)
    assert other.wer < incumbent.wer
    assert choose(incumbent, [other], "nl") is incumbent


def test_as_good_moves_nothing() -> None:
    incumbent = measured(USUAL)
    assert choose(incumbent, [measured(USUAL)], "nl") is incumbent
    assert choose(incumbent, [], "nl") is incumbent


def test_words_count_where_they_are_written_apart_and_letters_where_they_are_not() -> None:
    one = Measured(Candidate(GREEDY, (), "MIT"), (ClipErrors(1, 10, 9, 50),) * 20, 5.0)
    other = Measured(Candidate(BEAM, (), "MIT"), (ClipErrors(3, 10, 2, 50),) * 20, 5.0)
    assert choose(other, [one], "nl") is one
    assert choose(one, [other], "ja") is other


def test_without_an_incumbent_the_best_is_taken() -> None:
    rows = [measured(USUAL), measured(A_LITTLE_BETTER)]
    assert choose(None, rows, "nl") is rows[1]


def test_a_recogniser_stands_once_for_all_families_that_it_serves() -> None:
    quick = GREEDY.model_copy(update={"threads": 4, "max_batch_seconds": 480})
    served = ServedFamilies({GERMANIC: GREEDY, ROMANCE: BEAM, SLAVIC: quick}, GERMANIC, {})
    found = candidates(served, 1, {}, non_commercial=False)
    assert [each.families for each in found] == [(GERMANIC, SLAVIC), (ROMANCE,)]
    assert {each.settings.threads for each in found} == {1}


def test_weights_that_a_business_must_not_use_stand_only_if_asked_for() -> None:
    served = ServedFamilies({GERMANIC: GREEDY, ROMANCE: MMS}, GERMANIC, {})
    assert [each.licence for each in candidates(served, 1, {}, non_commercial=False)] == ["MIT"]
    [_, mms] = candidates(served, 1, {}, non_commercial=True)
    assert mms.licence == "CC-BY-NC-4.0"
    best = Measured(mms, (ClipErrors(1, 10, 1, 50),), 5.0, "nld")
    row = route(best, "nl", served)
    assert (row.family, row.adapter, row.commercial_use) == (ROMANCE, "nld", False)


def test_a_licence_that_nobody_knows_has_to_be_told() -> None:
    with pytest.raises(ValueError, match=r"--licence '\./mine=MIT'"):
        licence_of("./mine", {})
    assert licence_of("./mine", {"./mine": "Apache-2.0"}) == "Apache-2.0"


def test_a_language_goes_to_the_first_family_that_runs_what_is_better() -> None:
    rows = [
        {"nl": measured(USUAL, GREEDY, GERMANIC, SLAVIC)},
        {"nl": measured(MUCH_BETTER, BEAM, ROMANCE)},
    ]
    best = chosen(rows, "nl", SERVED)
    assert best is not None
    assert route(best, "nl", SERVED).family == ROMANCE


def test_a_language_that_was_moved_goes_home_where_the_same_runs_there() -> None:
    moved = ServedFamilies(SERVED.recognizers, GERMANIC, {"nl": SLAVIC})
    best = chosen([{"nl": measured(USUAL, GREEDY, GERMANIC, SLAVIC)}], "nl", moved)
    assert best is not None
    assert route(best, "nl", moved).family == GERMANIC
