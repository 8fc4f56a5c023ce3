"""CTC training on speech of a made-up kind: the same parts as the recipe's, without its workers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sentivox.engines.ctc.network import CtcNetwork, load_network
from sentivox.engines.registration import register
from sentivox.errors import InvalidRequest
from sentivox.languages import LanguageFamily
from sentivox.settings import RecognitionSettings
from tests.letters import random_speech
from training.ctc import runs_of
from training.ctc_batches import Place, epoch_of, of_like_seconds, updates
from training.ctc_card import readme, scores
from training.ctc_checkpoints import Progress, restore, save_best, save_state, trained_tensors
from training.ctc_clips import Clip, Hearing, LabelledClip, labelled
from training.ctc_export import export
from training.ctc_held_out import listen
from training.ctc_learning import Learner, Look, finished, optimizer_of, rate_at, train
from training.ctc_options import CtcOptions, ModelSizes
from training.ctc_rates import Heard, rates_by
from training.ctc_run import Run, frames_of
from training.ctc_vocabulary import (
    adapter_name,
    frames_needed,
    has_digits,
    labels,
    spelled,
    vocabulary,
)
from training.model_card import write_card

SIZES = ModelSizes(bands=12, width=32, layers=1, heads=2, inner_width=32, adapter_width=4)
OPTIONS = CtcOptions(
    steps=4, warmup_steps=1, evaluate_steps=2, batch_seconds=6.0, first_short_epochs=0
)


def clips(language: str) -> list[Clip]:
    return [
        Clip(str(number), said.pcm, said.text(language), language, "made up", altered=False)
        for number, said in enumerate(random_speech(12, seed=2, max_words=2))
    ]


SPEECH = clips("nl")


def run_in(folder: Path, **changes: object) -> Run:
    run = Run(
        name="",
        folder=folder,
        shards=folder,
        languages=("nl",),
        table=vocabulary(clip.text for clip in SPEECH),
        base=None,
        sizes=SIZES,
        options=OPTIONS,
        threads=1,
        device="cpu",
    )
    return replace(run, **changes)  # type: ignore[arg-type]


def learner_of(run: Run) -> Learner:
    model = run.model()
    return Learner(
        model=model,
        trained=model,
        optimizer=optimizer_of(model, run.options),
        hearing=Hearing(run.options, run.features, frames_of(model), speeds=True),
        table=run.table,
        device=torch.device("cpu"),
        place=Place(),
    )


def with_labels(run: Run, learner: Learner) -> list[LabelledClip]:
    found = labelled(SPEECH, run.table, learner.hearing.frames)
    assert len(found) == len(SPEECH)
    return found


class KilledError(Exception):
    pass


def learn(run: Run, *, looks: int = 100) -> tuple[Learner, Progress]:
    """A run as a worker does it, killed at a look after having written its checkpoint."""
    learner = learner_of(run)
    seen: list[Look] = []

    def tell(look: Look) -> Progress:
        if look.is_best:
            save_best(run.folder, learner.model)
        save_state(run.folder, learner.model, learner.optimizer, look.progress, run.options)
        seen.append(look)
        if len(seen) == looks:
            raise KilledError
        return look.progress

    begun = restore(run.folder, learner.model, learner.optimizer, run.options)
    speech = with_labels(run, learner)
    return learner, train(learner, speech, speech[:3], begun, tell)


@pytest.fixture(scope="module")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Learner]:
    run = run_in(tmp_path_factory.mktemp("run"))
    learner, progress = learn(run)
    assert progress.step == OPTIONS.steps
    return run, learner


@pytest.fixture(scope="module")
def model(finished_run: tuple[Run, Learner], tmp_path_factory: pytest.TempPathFactory) -> Path:
    run, _ = finished_run
    folder = tmp_path_factory.mktemp("models") / "ctc"
    export([run], folder)
    heard = listen(folder, SPEECH[:3], threads=1, device="cpu")
    card = {
        "languages": ["nl"],
        "weights": 1,
        "origin": "trained from nothing",
        "data": [
            {
                "source": "made up",
                "language": "nl",
                "licence": "none",
                "train_clips": 12,
                "train_minutes": 0.5,
            }
        ],
        "date": "2026-11-25",
        "machine": "any",
        "command": "python -m training.ctc",
        "runs": [{"name": "", "step": 4, "minutes": 0.1, "best_cer": 1.0}],
        "test": scores(heard),
    }
    write_card(folder, card, readme(card))
    return folder


def test_texts_become_letters_and_single_spaces() -> None:
    assert spelled("  It’s 'over' – SÍ, señor… ", "es") == "it's over sí señor"
    assert spelled("今日は、いい 天気。", "ja") == "今日はいい天気"
    assert has_digits("Press 1")
    assert not has_digits("Press one")


def test_a_vocabulary_has_the_letters_that_come_more_than_once() -> None:
    table = vocabulary(["abba", "ax"])
    assert list(table)[-2:] == ["a", "b"]
    assert labels("ab ba", table) == [5, 6, 4, 6, 5]
    assert labels("ax", table) is None
    assert frames_needed([5, 6, 6, 5]) == 5


@pytest.mark.parametrize(("code", "name"), [("nl", "nld"), ("jw", "jav"), ("no", "nor")])
def test_adapters_are_named_as_mms_names_them(code: str, name: str) -> None:
    assert adapter_name(code) == name


def test_clips_of_like_length_share_a_pass_of_few_seconds() -> None:
    seconds = np.random.default_rng(0).uniform(0.5, 9, 200).tolist()
    groups = of_like_seconds(seconds, range(200), 20.0, np.random.default_rng(1))
    assert sorted(row for rows in groups for row in rows) == list(range(200))
    costs = [max(seconds[row] for row in rows) * len(rows) for rows in groups]
    assert max(costs) <= 20.0
    assert sum(costs) < 1.3 * sum(seconds)


def test_workers_share_an_epoch_and_have_as_many_updates() -> None:
    options = replace(OPTIONS, accumulate=2)
    seconds = [float(number % 5 + 1) for number in range(50)]
    found = [epoch_of(seconds, options, Place(rank, 3), epoch=7) for rank in range(3)]
    assert len({len(each) for each in found}) == 1
    rows = {row for each in found for update in each for rows in update for row in rows}
    assert rows == set(range(50))


def test_an_interrupted_epoch_goes_on_with_the_next_update() -> None:
    seconds = [1.0, 2.0, 3.0] * 8
    whole = updates(seconds, OPTIONS, Place(), 0, 0)
    passed = [next(whole) for _ in range(7)]
    again = updates(seconds, OPTIONS, Place(), passed[-1].epoch, passed[-1].number + 1)
    assert [next(again) for _ in range(9)] == [next(whole) for _ in range(9)]


def test_first_epochs_have_short_clips_alone() -> None:
    options = replace(OPTIONS, first_short_epochs=1, short_seconds=2.0)
    seconds = [1.0, 2.0, 5.0]
    heard = [
        {
            row
            for update in epoch_of(seconds, options, Place(), epoch)
            for rows in update
            for row in rows
        }
        for epoch in (0, 1)
    ]
    assert heard == [{0, 1}, {0, 1, 2}]


def test_a_new_model_hears_a_tone_in_the_band_of_its_pitch(tmp_path: Path) -> None:
    convolutions = run_in(tmp_path).model().wav2vec2.feature_extractor.conv_layers
    loudest = []
    for hertz in (200, 500, 1000, 2000, 4000):
        tone = torch.sin(2 * torch.pi * hertz * torch.arange(16_000) / 16_000)
        with torch.no_grad():
            heard = convolutions[1].conv(convolutions[0](tone[None, None]))[0, : SIZES.bands]
        assert heard.std(1).max() < 0.1 * heard.mean(1).max()
        loudest.append(int(heard.mean(1).argmax()))
    assert loudest == sorted(set(loudest))


def test_a_run_that_was_killed_ends_with_the_weights_it_would_have_had(
    finished_run: tuple[Run, Learner], tmp_path: Path
) -> None:
    run = run_in(tmp_path)
    with pytest.raises(KilledError):
        learn(run, looks=1)
    again, progress = learn(run)
    assert progress.step == OPTIONS.steps
    whole = trained_tensors(finished_run[1].model)
    for name, tensor in trained_tensors(again.model).items():
        assert torch.equal(tensor, whole[name]), name
    begun = trained_tensors(run.model())
    assert not torch.equal(whole["lm_head.weight"], begun["lm_head.weight"])


def test_a_run_with_other_options_is_not_gone_on_with(finished_run: tuple[Run, Learner]) -> None:
    run, learner = finished_run
    other = replace(run.options, learning_rate=0.5)
    with pytest.raises(InvalidRequest, match="another learning_rate"):
        restore(run.folder, learner.model, learner.optimizer, other)


def test_training_stops_when_nothing_gets_better_or_time_is_up() -> None:
    options = replace(OPTIONS, steps=100, patience=3, minutes=10.0)
    begun = Progress(step=20, minutes=2.0, looked_at_step=20)
    assert not finished(begun, options)
    assert finished(replace(begun, looks_since_best=3), options)
    assert finished(replace(begun, minutes=10.0), options)
    rates = [rate_at(replace(begun, step=step), options) for step in (20, 60, 99)]
    assert rates == sorted(rates, reverse=True)


def test_the_service_hears_what_was_trained(finished_run: tuple[Run, Learner], model: Path) -> None:
    run, learner = finished_run
    settings = RecognitionSettings(
        engine="ctc", model=str(model), compute_type="float32", threads=1
    )
    pcm = [clip.pcm for clip in SPEECH[:3]]
    served = load_network(model, settings).encode(pcm)
    restore(run.folder, learner.model, learner.optimizer, run.options)
    learner.model.eval()
    trained = CtcNetwork(learner.model, run.features, learner.hearing.frames).encode(pcm)
    for ours, theirs in zip(served, trained, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-4)


def test_adapters_of_two_languages_share_a_base_that_stays_as_it_is(
    model: Path, tmp_path: Path
) -> None:
    runs = []
    for language in ("nl", "el"):
        table = vocabulary(clip.text for clip in clips(language))
        run = run_in(tmp_path / language, name=adapter_name(language), table=table, base=model)
        adapted = run.model()
        names = set(trained_tensors(adapted))
        assert all("adapter_layer" in name or "lm_head" in name for name in names)
        save_best(run.folder, adapted)
        runs.append(run)
    export(runs, tmp_path / "adapters")
    settings = {"engine": "ctc", "compute_type": "float32"}
    found = register(tmp_path / "adapters", LanguageFamily.CELTIC, ["nl", "el"])
    assert found.adapters == 2
    assert RecognitionSettings.model_validate({**settings, **found.user_config}).languages


def test_rates_are_told_apart_by_what_clips_have_in_common() -> None:
    said = [replace_text(SPEECH[0], "a b"), replace_text(SPEECH[1], "abcd")]
    found = rates_by([Heard(said[0], "a b"), Heard(said[1], "abce")], lambda clip: clip.text)
    assert (found["a b"].cer, found["a b"].wer) == (0.0, 0.0)
    assert (found["abcd"].cer, found["abcd"].wer) == (0.25, 1.0)


def replace_text(clip: Clip, text: str) -> Clip:
    return replace(clip, text=text)


def test_a_run_is_kept_where_it_was_told_wherever_its_workers_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert runs_of(Path("models/ctc")) == tmp_path / "models" / "ctc.run"
