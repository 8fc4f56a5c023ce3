// Language, sentiment, speakers and suppressed text of a whole recording.
import { element } from "../shared/dom.js";
import { clock, percent, signed, spokenTime, took } from "../shared/format.js";
import { bar, probabilities, sign, unsupportedNote } from "../shared/sentiment.js";
import { crosstalkNote, speakerList } from "./speakers.js";

const REASONS = {
  no_speech: "most likely no speech",
  repetition: "a repetition loop of the decoder",
  low_probability: "weak speech with a low probability",
};

const STAGES = { audio_decoder: "decoding", language_id: "language", asr: "recognition" };

function card(title, ...children) {
  return element("section", { class: "card" }, element("h3", {}, title), ...children);
}

function languageName({ code, name, native_name: native }) {
  return element(
    "p",
    { class: "language-name" },
    element("span", { lang: code, dir: "auto" }, native),
    native === name ? null : element("span", { class: "quiet" }, name),
  );
}

function alternatives(candidates, languages) {
  return element("ul", { class: "bars" }, candidates.map(({ language, confidence }) => bar(languages.find(language).name, confidence)));
}

function languageCard(result, options, languages) {
  const detection = result.language_detection;
  if (!result.segments.length && !detection?.alternatives.length) return null;
  if (!detection) {
    const code = options.language || languages.codeOf(result.language);
    const how = options.language ? "Chosen by you, so it wasn't detected." : "Not detected.";
    return card("Language", languageName(languages.find(code)), element("p", { class: "quiet" }, how));
  }
  if (detection.abstained) {
    const likeliest = languages.find(detection.alternatives[0]?.language ?? "").name;
    const words = `Uncertain. ${likeliest} is the likeliest with ${percent(detection.confidence)}. If you know the language, choose it and recognise again.`;
    return card("Language", element("p", { class: "language-name" }, "Not sure"), element("p", { class: "quiet" }, words), alternatives(detection.alternatives, languages));
  }
  return card(
    "Language",
    languageName(languages.find(detection.language)),
    element("p", { class: "sure" }, `${percent(detection.confidence)} sure`),
    alternatives(detection.alternatives, languages),
  );
}

function scale(score, label) {
  const marker = element("span", { class: `scale-marker ${label}` });
  marker.style.left = `${(score + 1) * 50}%`;
  return element("div", { class: "scale", "aria-hidden": "true" }, marker);
}

function shiftList(shifts, player) {
  if (!shifts.length) return null;
  const entries = shifts.map(({ at, before, after }) =>
    element(
      "li",
      {},
      element("button", { type: "button", class: "turn-button", onclick: () => player.seek(at), "aria-label": `${spokenTime(at)}: from ${before} to ${after}` },
        element("span", { class: "caption-time" }, clock(at)), sign(before), "\u2192", sign(after), element("span", {}, after)),
    ),
  );
  return element("details", { class: "turns", open: shifts.length <= 6 }, element("summary", {}, shifts.length === 1 ? "1 shift" : `${shifts.length} shifts`), element("ol", {}, entries));
}

function sentimentCard(result, player) {
  if (!result.sentiment) return null;
  const { average, shifts } = result.sentiment;
  return card(
    "Sentiment",
    element("p", { class: `mood ${average.label}` }, sign(average.label), element("span", {}, average.label), element("span", { class: "mood-score" }, signed(average.score))),
    scale(average.score, average.label),
    probabilities(average.scores),
    average.supported ? null : unsupportedNote(),
    shiftList(shifts, player),
  );
}

/** Warnings of the server, or null. */
export function warningsNotice(warnings) {
  if (!warnings?.length) return null;
  return element("section", { class: "notice warned", "aria-label": "Please note" }, element("ul", {}, warnings.map(({ message }) => element("li", {}, message))));
}

/** Language and sentiment in one line. */
export function verdict({ result, options }, languages) {
  const detection = result.language_detection;
  const average = result.sentiment?.average;
  const parts = [];
  if (detection?.abstained) parts.push("language not sure");
  else if (detection) parts.push(`${languages.find(detection.language).name}, ${percent(detection.confidence)} sure`);
  else if (options.language) parts.push(languages.find(options.language).name);
  if (options.translate) parts.push("translated into English");
  if (average) parts.push(element("span", { class: "verdict-mood" }, sign(average.label), `${average.label} overall`));
  return parts;
}

function speakersCard({ speakers, suppressed }) {
  if (!speakers?.length) return null;
  return card("Speakers", speakerList(speakers), crosstalkNote(suppressed));
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
