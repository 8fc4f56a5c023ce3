"""A language moves to a recogniser with fewer errors beyond chance, and stays otherwise."""

from __future__ import annotations

import pytest

from benchmarks.routes.__main__ import chosen, routes, routes_line
from benchmarks.routes.candidates import Candidate, candidates
from benchmarks.routes.choice import ClipErrors, Measured, choose, clip_errors
from benchmarks.routes.licences import licence_of
from benchmarks.routes.served import ServedFamilies, served_families
from sentivox.languages import LanguageFamily
from sentivox.settings import RecognitionSettings

GREEDY = RecognitionSettings(beam_size=1)
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
    """Clips of ten words and fifty letters, with as many letter errors as word errors."""
    clips = tuple(ClipErrors(count, 10, count, 50) for count in errors)
    return Measured(Candidate(settings, families, "MIT"), clips, 5.0)


USUAL = [3, 1, 4, 1, 5, 2, 2, 3] * 5
A_LITTLE_BETTER = [2, *USUAL[1:]]
MUCH_BETTER = [count - 1 for count in USUAL]


def test_errors_are_counted_without_case_and_punctuation() -> None:
    assert clip_errors("Hold the line, please.", "hold THE lime") == ClipErrors(2, 4, 8, 20)


def test_fewer_errors_beyond_chance_win() -> None:
    incumbent, other = measured(USUAL), measured(MUCH_BETTER)
    assert choose(incumbent, [other], "nl") is other


def test_noise_moves_nothing() -> None:
    incumbent, other = measured(USUAL), measured(A_LITTLE_BETTER)
    assert other.wer < incumbent.wer
    assert choose(incumbent, [other], "nl") is incumbent


def test_equal_error_rates_move_nothing() -> None:
    incumbent = measured(USUAL)
    assert choose(incumbent, [measured(USUAL)], "nl") is incumbent
    assert choose(incumbent, [], "nl") is incumbent


def test_cer_decides_in_languages_written_without_spaces() -> None:
    one = Measured(Candidate(GREEDY, (), "MIT"), (ClipErrors(1, 10, 9, 50),) * 20, 5.0)
    other = Measured(Candidate(BEAM, (), "MIT"), (ClipErrors(3, 10, 2, 50),) * 20, 5.0)
    assert choose(other, [one], "nl") is one
    assert choose(one, [other], "ja") is other


def test_without_an_incumbent_the_best_is_taken() -> None:
    rows = [measured(USUAL), measured(A_LITTLE_BETTER)]
    assert choose(None, rows, "nl") is rows[1]


def test_a_recogniser_is_compared_once_for_all_its_families() -> None:
    quick = GREEDY.model_copy(update={"threads": 4, "max_batch_seconds": 480})
    served = ServedFamilies({GERMANIC: GREEDY, ROMANCE: BEAM, SLAVIC: quick}, GERMANIC, {})
    found = candidates(served, 1, {}, non_commercial=False)
    assert [each.families for each in found] == [(GERMANIC, SLAVIC), (ROMANCE,)]
    assert {each.settings.threads for each in found} == {1}


def test_non_commercial_weights_are_compared_only_on_request() -> None:
    served = ServedFamilies({GERMANIC: GREEDY, ROMANCE: MMS}, GERMANIC, {})
    assert [each.licence for each in candidates(served, 1, {}, non_commercial=False)] == ["MIT"]
    [_, mms] = candidates(served, 1, {}, non_commercial=True)
    assert mms.licence == "CC-BY-NC-4.0"
    best = Measured(mms, (ClipErrors(1, 10, 1, 50),), 5.0, "nld")
    assert routes({"nl": best}, served) == {"nl": ROMANCE}


def test_an_unknown_licence_has_to_be_given() -> None:
    with pytest.raises(ValueError, match=r"--licence '\./mine=MIT'"):
        licence_of("./mine", {})
    assert licence_of("./mine", {"./mine": "Apache-2.0"}) == "Apache-2.0"


def test_a_language_is_routed_to_the_first_family_of_the_better_recogniser() -> None:
    rows = [
        {"nl": measured(USUAL, GREEDY, GERMANIC, SLAVIC)},
        {"nl": measured(MUCH_BETTER, BEAM, ROMANCE)},
    ]
    best = chosen(rows, "nl", SERVED)
    assert best is not None
    assert routes({"nl": best}, SERVED) == {"nl": ROMANCE}


def test_a_route_is_dropped_where_the_own_family_has_the_same_recogniser() -> None:
    moved = ServedFamilies(SERVED.recognizers, GERMANIC, {"nl": SLAVIC})
    best = chosen([{"nl": measured(USUAL, GREEDY, GERMANIC, SLAVIC)}], "nl", moved)
    assert best is not None
    assert routes({"nl": best}, moved) == {}


def test_routes_of_languages_without_measures_are_kept() -> None:
    served = ServedFamilies(SERVED.recognizers, GERMANIC, {"pl": ROMANCE})
    assert routes({"nl": measured(MUCH_BETTER, BEAM, ROMANCE)}, served) == {
        "nl": ROMANCE,
        "pl": ROMANCE,
    }


def test_the_printed_line_is_the_setting_of_the_ingress() -> None:
    line = routes_line({"nl": ROMANCE, "no": SLAVIC})
    assert "\n" not in line
    config = f"""
applications:
  - args: {{families: [germanic, romance, slavic], fallback_family: germanic}}
    deployments:
      - name: ingress
        user_config:
          {line}
"""
    assert served_families(config).routes == {"nl": ROMANCE, "no": SLAVIC}


@pytest.mark.parametrize("config", ["applications: []", "a: [", "applications: [{}]"])
def test_anything_but_one_application_is_refused(config: str) -> None:
    with pytest.raises(ValueError, match="config"):
        served_families(config)
