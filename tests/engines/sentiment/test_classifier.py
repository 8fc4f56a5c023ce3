"""The sentiment classifier with the embedded weights."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import ValidationError

from sentivox.engines.protocols import SentimentText
from sentivox.engines.sentiment.classifier import SentimentClassifier
from sentivox.settings import SentimentSettings
from sentivox.types import Sentiment, SentimentClass

POSITIVE: dict[str, str] = {
    "en": "I love it, this is the best day of my life.",
    "fr": "C'est magnifique, je suis tellement heureux, merci !",
    "de": "Das ist wunderbar, ich freue mich sehr.",
    "es": "Me encanta, es maravilloso.",
    "it": "Che bello, sono felicissimo!",
    "pt": "Adorei, foi maravilhoso, obrigado!",
    "ar": "أنا سعيد جدا، هذا رائع",
    "hi": "बहुत बढ़िया, मुझे यह बहुत पसंद है।",
}
NEGATIVE: dict[str, str] = {
    "en": "This is terrible, I hate it and I want my money back.",
    "fr": "C'est horrible, je déteste ça.",
    "de": "Das ist furchtbar, ich hasse es.",
    "es": "Es horrible, lo odio.",
    "it": "Che schifo, è orribile.",
    "pt": "Que horror, odiei isso.",
    "ar": "هذا سيء جدا، أنا أكره ذلك",
    "hi": "यह बहुत बुरा है, मुझे इससे नफरत है।",
}


@pytest.fixture(scope="module")
def classifier() -> SentimentClassifier:
    return SentimentClassifier(SentimentSettings(threads=1, max_batch_size=4))


@pytest.mark.parametrize(("texts", "label"), [(POSITIVE, "positive"), (NEGATIVE, "negative")])
def test_clear_sentiment_is_classified_in_many_languages(
    classifier: SentimentClassifier, texts: dict[str, str], label: SentimentClass
) -> None:
    items = [SentimentText(text, language) for language, text in texts.items()]
    results = classifier.classify(items)
    assert {
        item.language: result.most_probable for item, result in zip(items, results, strict=True)
    } == (dict.fromkeys(texts, label))
    unsupported = [
        item.language for item, each in zip(items, results, strict=True) if not each.supported
    ]
    assert unsupported == ["hi"], "its score on umsab's romanised tweets is below the line"


def test_a_text_has_the_same_sentiment_alone_and_in_a_batch(
    classifier: SentimentClassifier,
) -> None:
    texts = [*POSITIVE.values(), "The train leaves at nine.", "", *NEGATIVE.values(), "so " * 400]
    items = [SentimentText(text, "en") for text in texts]
    assert classifier.classify(items) == [classifier.classify([item])[0] for item in items]


def test_probabilities_sum_to_one(classifier: SentimentClassifier) -> None:
    items = [
        SentimentText(text, "en") for text in [*POSITIVE.values(), "", "\u0000", "🙂", "a" * 9000]
    ]
    for result in classifier.classify(items):
        assert result.negative + result.neutral + result.positive == pytest.approx(1)
        assert min(result.negative, result.neutral, result.positive) >= 0


def test_a_text_without_words_is_neutral(classifier: SentimentClassifier) -> None:
    empty, blank = classifier.classify([SentimentText("", "en"), SentimentText(" \n", "nl")])
    assert empty.label == blank.label == "neutral"


def test_a_language_without_measurements_is_classified_and_marked(
    classifier: SentimentClassifier,
) -> None:
    (result,) = classifier.classify([SentimentText("Ik ben zo blij, geweldig!", "nl")])
    assert result.label == "positive"
    assert not result.supported


def test_an_empty_batch_has_no_results(classifier: SentimentClassifier) -> None:
    assert classifier.classify([]) == []


def test_sentiment_is_discounted_for_improbable_text(classifier: SentimentClassifier) -> None:
    certain, probable, improbable, worse = classifier.classify(
        [SentimentText(NEGATIVE["en"], "en", logprob) for logprob in (0.0, -0.5, -0.85, -3.0)]
    )
    assert certain.negative > probable.negative > improbable.negative
    assert improbable.negative == worse.negative > 1 / 3
    for found in (certain, probable, improbable):
        assert found.label == "negative"
        assert found.negative + found.neutral + found.positive == pytest.approx(1)


def probabilities(sentiment: Sentiment) -> list[float]:
    return [sentiment.negative, sentiment.neutral, sentiment.positive]


@pytest.mark.slow
@pytest.mark.parametrize(("compute_type", "within"), [("bfloat16", 0.02), ("int8", 0.05)])
def test_lower_precision_has_nearly_the_same_probabilities(
    compute_type: Literal["bfloat16", "int8"], within: float
) -> None:
    items = [SentimentText(text, "en") for text in (*POSITIVE.values(), *NEGATIVE.values())]
    exact, rounded = (
        SentimentClassifier(SentimentSettings(threads=1, compute_type=each)).classify(items)
        for each in ("float32", compute_type)
    )
    for one, other in zip(exact, rounded, strict=True):
        assert probabilities(one) == pytest.approx(probabilities(other), abs=within)


def test_int8_on_a_gpu_is_refused() -> None:
    with pytest.raises(ValidationError, match="leave compute_type out on a GPU"):
        SentimentSettings(compute_type="int8", device="cuda")
