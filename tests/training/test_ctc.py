"""CTC training on synthetic speech: the recipe's parts, in one process without Ray Train."""

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
from training.ctc.batches import WorkerRank, batches_of_similar_length, epoch_updates, updates
from training.ctc.card import readme, scores
from training.ctc.checkpoints import Progress, restore, save_best, save_state, trained_tensors
from training.ctc.clips import Augmenter, Clip, LabelledClip, labelled
from training.ctc.command import runs_of
from training.ctc.error_rates import Transcribed, rates_by
from training.ctc.evaluation import transcribe
from training.ctc.export import export
from training.ctc.options import CtcOptions, ModelSizes
from training.ctc.trainer import (
    Evaluation,
    Trainer,
    finished,
    learning_rate_at,
    optimizer_of,
    train,
)
from training.ctc.vocabulary import (
    adapter_name,
    frames_needed,
    has_digits,
    labels,
    spelled,
    vocabulary,
)
from training.ctc.worker import Run, frames_of
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


def trainer_of(run: Run) -> Trainer:
    model = run.model()
    return Trainer(
        model=model,
        trained=model,
        optimizer=optimizer_of(model, run.options),
        augmenter=Augmenter(run.options, run.features, frames_of(model), speeds=True),
        table=run.table,
        device=torch.device("cpu"),
        worker=WorkerRank(),
    )


def with_labels(run: Run, trainer: Trainer) -> list[LabelledClip]:
    clips_with_labels = labelled(SPEECH, run.table, trainer.augmenter.frames)
    assert len(clips_with_labels) == len(SPEECH)
    return clips_with_labels


class KilledError(Exception):
    pass


def train_run(run: Run, *, killed_at: int = 100) -> tuple[Trainer, Progress]:
    """Train as a worker does; raise KilledError after evaluation number `killed_at`."""
    trainer = trainer_of(run)
    evaluations: list[Evaluation] = []

    def report(evaluation: Evaluation) -> Progress:
        if evaluation.is_best:
            save_best(run.folder, trainer.model)
        save_state(run.folder, trainer.model, trainer.optimizer, evaluation.progress, run.options)
        evaluations.append(evaluation)
        if len(evaluations) == killed_at:
            raise KilledError
        return evaluation.progress

    start = restore(run.folder, trainer.model, trainer.optimizer, run.options)
    speech = with_labels(run, trainer)
    return trainer, train(trainer, speech, speech[:3], start, report)


@pytest.fixture(scope="module")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Trainer]:
    run = run_in(tmp_path_factory.mktemp("run"))
    trainer, progress = train_run(run)
    assert progress.step == OPTIONS.steps
    return run, trainer


@pytest.fixture(scope="module")
def model(finished_run: tuple[Run, Trainer], tmp_path_factory: pytest.TempPathFactory) -> Path:
    run, _ = finished_run
    folder = tmp_path_factory.mktemp("models") / "ctc"
    export([run], folder)
    transcribed = transcribe(folder, SPEECH[:3], threads=1, device="cpu")
    card = {
        "languages": ["nl"],
        "weights": 1,
        "origin": "trained from random weights",
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
        "test": scores(transcribed),
    }
    write_card(folder, card, readme(card))
    return folder


def test_texts_become_letters_and_single_spaces() -> None:
    assert spelled("  It’s 'over' – SÍ, señor… ", "es") == "it's over sí señor"
    assert spelled("今日は、いい 天気。", "ja") == "今日はいい天気"
    assert has_digits("Press 1")
    assert not has_digits("Press one")


def test_a_vocabulary_has_the_letters_that_occur_more_than_once() -> None:
    table = vocabulary(["abba", "ax"])
    assert list(table)[-2:] == ["a", "b"]
    assert labels("ab ba", table) == [5, 6, 4, 6, 5]
    assert labels("ax", table) is None
    assert frames_needed([5, 6, 6, 5]) == 5


@pytest.mark.parametrize(("code", "name"), [("nl", "nld"), ("jw", "jav"), ("no", "nor")])
def test_adapters_have_the_names_of_mms(code: str, name: str) -> None:
    assert adapter_name(code) == name


def test_batches_have_clips_of_similar_length_and_bounded_seconds() -> None:
    seconds = np.random.default_rng(0).uniform(0.5, 9, 200).tolist()
    groups = batches_of_similar_length(seconds, range(200), 20.0, np.random.default_rng(1))
    assert sorted(row for rows in groups for row in rows) == list(range(200))
    costs = [max(seconds[row] for row in rows) * len(rows) for rows in groups]
    assert max(costs) <= 20.0
    assert sum(costs) < 1.3 * sum(seconds)


def test_workers_share_an_epoch_and_have_equally_many_updates() -> None:
    options = replace(OPTIONS, accumulate=2)
    seconds = [float(number % 5 + 1) for number in range(50)]
    shares = [epoch_updates(seconds, options, WorkerRank(rank, 3), epoch=7) for rank in range(3)]
    assert len({len(each) for each in shares}) == 1
    rows = {row for each in shares for update in each for rows in update for row in rows}
    assert rows == set(range(50))


def test_an_interrupted_epoch_resumes_with_the_next_update() -> None:
    seconds = [1.0, 2.0, 3.0] * 8
    whole = updates(seconds, OPTIONS, WorkerRank(), 0, 0)
    passed = [next(whole) for _ in range(7)]
    again = updates(seconds, OPTIONS, WorkerRank(), passed[-1].epoch, passed[-1].number + 1)
    assert [next(again) for _ in range(9)] == [next(whole) for _ in range(9)]


def test_the_first_epochs_have_short_clips_only() -> None:
    options = replace(OPTIONS, first_short_epochs=1, short_seconds=2.0)
    seconds = [1.0, 2.0, 5.0]
    rows_by_epoch = [
        {
            row
            for update in epoch_updates(seconds, options, WorkerRank(), epoch)
            for rows in update
            for row in rows
        }
        for epoch in (0, 1)
    ]
    assert rows_by_epoch == [{0, 1}, {0, 1, 2}]


def test_a_new_model_has_the_highest_output_in_the_band_of_a_tone(tmp_path: Path) -> None:
    convolutions = run_in(tmp_path).model().wav2vec2.feature_extractor.conv_layers
    loudest = []
    for hertz in (200, 500, 1000, 2000, 4000):
        tone = torch.sin(2 * torch.pi * hertz * torch.arange(16_000) / 16_000)
        with torch.no_grad():
            levels = convolutions[1].conv(convolutions[0](tone[None, None]))[0, : SIZES.bands]
        assert levels.std(1).max() < 0.1 * levels.mean(1).max()
        loudest.append(int(levels.mean(1).argmax()))
    assert loudest == sorted(set(loudest))


@pytest.mark.training
def test_a_killed_run_resumes_to_the_same_weights(
    finished_run: tuple[Run, Trainer], tmp_path: Path
) -> None:
    run = run_in(tmp_path)
    with pytest.raises(KilledError):
        train_run(run, killed_at=1)
    resumed, progress = train_run(run)
    assert progress.step == OPTIONS.steps
    whole = trained_tensors(finished_run[1].model)
    for name, tensor in trained_tensors(resumed.model).items():
        assert torch.equal(tensor, whole[name]), name
    initial = trained_tensors(run.model())
    assert not torch.equal(whole["lm_head.weight"], initial["lm_head.weight"])


@pytest.mark.training
def test_a_run_with_other_options_is_not_resumed(finished_run: tuple[Run, Trainer]) -> None:
    run, trainer = finished_run
    other = replace(run.options, learning_rate=0.5)
    with pytest.raises(InvalidRequest, match="another learning_rate"):
        restore(run.folder, trainer.model, trainer.optimizer, other)


def test_training_stops_without_improvement_and_at_the_end_of_its_time() -> None:
    options = replace(OPTIONS, steps=100, patience=3, minutes=10.0)
    start = Progress(step=20, minutes=2.0, evaluated_step=20)
    assert not finished(start, options)
    assert finished(replace(start, evaluations_since_best=3), options)
    assert finished(replace(start, minutes=10.0), options)
    rates = [learning_rate_at(replace(start, step=step), options) for step in (20, 60, 99)]
    assert rates == sorted(rates, reverse=True)


@pytest.mark.training
def test_the_service_has_the_outputs_of_training(
    finished_run: tuple[Run, Trainer], model: Path
) -> None:
    run, trainer = finished_run
    settings = RecognitionSettings(
        engine="ctc", model=str(model), compute_type="float32", threads=1
    )
    pcm = [clip.pcm for clip in SPEECH[:3]]
    served = load_network(model, settings).encode(pcm)
    restore(run.folder, trainer.model, trainer.optimizer, run.options)
    trainer.model.eval()
    trained = CtcNetwork(trainer.model, run.features, trainer.augmenter.frames).encode(pcm)
    for ours, theirs in zip(served, trained, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-4)


@pytest.mark.training
def test_adapters_of_two_languages_share_a_frozen_base(model: Path, tmp_path: Path) -> None:
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
    registration = register(tmp_path / "adapters", LanguageFamily.CELTIC, ["nl", "el"])
    assert registration.adapters == 2
    user_config = {**settings, **registration.user_config}
    assert RecognitionSettings.model_validate(user_config).languages


def test_error_rates_of_groups_of_clips() -> None:
    some = [replace_text(SPEECH[0], "a b"), replace_text(SPEECH[1], "abcd")]
    found = rates_by(
        [Transcribed(some[0], "a b"), Transcribed(some[1], "abce")], lambda clip: clip.text
    )
    assert (found["a b"].cer, found["a b"].wer) == (0.0, 0.0)
    assert (found["abcd"].cer, found["abcd"].wer) == (0.25, 1.0)


def replace_text(clip: Clip, text: str) -> Clip:
    return replace(clip, text=text)


def test_the_folder_of_runs_is_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert runs_of(Path("models/ctc")) == tmp_path / "models" / "ctc.run"
