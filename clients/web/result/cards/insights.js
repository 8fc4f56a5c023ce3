// Language, sentiment, speakers and suppressed text of a whole recording.
import { element } from "../../shared/dom.js";
import { clock, took } from "../../shared/format.js";
import { sign } from "../../shared/sentiment.js";
import { card } from "./card.js";
import { languageCard, languageLine } from "./language-cards.js";
import { sentimentCard } from "./sentiment-card.js";
import { crosstalkNote, speakerList } from "./speakers.js";

const REASONS = {
  no_speech: "most likely no speech",
  repetition: "a repetition loop of the decoder",
  low_probability: "weak speech with a low probability",
};

const STAGES = { audio_decoder: "decoding", language_id: "language", asr: "recognition" };

/** Length, language and sentiment in one line; only the length without speech. */
export function verdict({ result, options }, languages) {
  if (!result.segments.length) return [clock(result.duration)];
  const average = result.sentiment?.average;
  return [
    clock(result.duration),
    languageLine(result, options, languages),
    options.translate ? "translated into English" : null,
    average ? element("span", { class: "verdict-mood" }, sign(average.label), `${average.label} overall`) : null,
  ].filter(Boolean);
}

function speakersCard({ speakers, segments, suppressed }) {
  if (!speakers?.length) return null;
  return card("Speakers", speakerList(speakers, segments), crosstalkNote(suppressed));
}

function suppressedCard(suppressed) {
  const texts = suppressed?.filter(({ text }) => text);
  if (!texts?.length) return null;
  const entries = texts.map(({ start, end, text, reason }) =>
    element(
      "li",
      {},
      element("span", { class: "caption-time" }, `${clock(start)}\u2013${clock(end)}`),
      element("p", { dir: "auto" }, text.trim()),
      element("p", { class: "quiet" }, REASONS[reason] ?? reason),
    ),
  );
  return card("Left out of the transcript", element("ul", { class: "suppressed" }, entries));
}

function effort(result, seconds) {
  const stages = Object.entries(result.timings ?? {}).map(([name, time]) => `${STAGES[name] ?? name.replaceAll("_", " ")} ${took(time)}`);
  return element("p", { class: "quiet effort" }, `Recognised in ${took(seconds)}`, stages.length ? `: ${stages.join(", ")}` : "");
}

/** @param {{result, options, seconds}} answer; `seconds` of processing, or null for live sessions */
export function insights({ result, options, seconds }, languages, player) {
  return [
    languageCard(result, options, languages),
    sentimentCard(result, player),
    speakersCard(result),
    suppressedCard(result.suppressed),
    seconds === null ? null : effort(result, seconds),
  ].filter(Boolean);
}
