// What the answer says about the recording as a whole.
import { element } from "./dom.js";
import { clock, percent, signed, spokenTime, took } from "./format.js";
import { bar, probabilities, sign, unmeasured } from "./sentiment.js";
import { crosstalkNote, speakerList } from "./speakers.js";

const REASONS = {
  no_speech: "most likely nobody speaks here",
  repetition: "the recogniser was repeating itself",
  unlikely: "hardly a voice, and no certain words",
};

const STAGES = { audio_decoder: "decoding", language_id: "language", asr: "words" };

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

function alternatives(guesses, languages) {
  return element("ul", { class: "bars" }, guesses.map(({ language, confidence }) => bar(languages.find(language).name, confidence)));
}

function languageCard(result, options, languages) {
  const detection = result.language_detection;
  if (!result.segments.length && !detection?.alternatives.length) return null;
  if (!detection) {
    const heard = options.language || languages.codeOf(result.language);
    const how = options.language ? "Chosen by you, so it wasn't looked for." : "Not looked for.";
    return card("Language", languageName(languages.find(heard)), element("p", { class: "quiet" }, how));
  }
  if (detection.abstained) {
    const likeliest = languages.find(detection.alternatives[0]?.language ?? "").name;
    const words = `Too unsure to say. ${likeliest} is the likeliest at ${percent(detection.confidence)}. If you know the language, choose it and recognise again.`;
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

function turns(shifts, player) {
  if (!shifts.length) return null;
  const entries = shifts.map(({ at, before, after }) =>
    element(
      "li",
      {},
      element("button", { type: "button", class: "turn-button", onclick: () => player.seek(at), "aria-label": `${spokenTime(at)}: from ${before} to ${after}` },
        element("span", { class: "caption-time" }, clock(at)), sign(before), "\u2192", sign(after), element("span", {}, after)),
    ),
  );
  return element("details", { class: "turns", open: shifts.length <= 6 }, element("summary", {}, `Turns ${shifts.length === 1 ? "once" : `${shifts.length} times`}`), element("ol", {}, entries));
}

function sentimentCard(result, player) {
  if (!result.sentiment) return null;
  const { average, shifts } = result.sentiment;
  return card(
    "Sentiment",
    element("p", { class: `mood ${average.label}` }, sign(average.label), element("span", {}, average.label), element("span", { class: "mood-score" }, signed(average.score))),
    scale(average.score, average.label),
    probabilities(average.scores),
    average.supported ? null : unmeasured(),
    turns(shifts, player),
  );
}

/** What the server has to say about its own answer, or null. */
export function warningsNotice(warnings) {
  if (!warnings?.length) return null;
  return element("section", { class: "notice warned", "aria-label": "Please note" }, element("ul", {}, warnings.map(({ message }) => element("li", {}, message))));
}

/** The whole in one line. */
export function verdict({ result, options }, languages) {
  const detection = result.language_detection;
  const average = result.sentiment?.average;
  const parts = [];
  if (detection?.abstained) parts.push("language not sure");
  else if (detection) parts.push(`${languages.find(detection.language).name}, ${percent(detection.confidence)} sure`);
  else if (options.language) parts.push(languages.find(options.language).name);
  if (options.translate) parts.push("translated into English");
  if (average) parts.push(element("span", { class: "verdict-mood" }, sign(average.label), `${average.label} on the whole`));
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

/** @param {{result, options, seconds}} answer; `seconds` is null when nobody waited for it */
export function insights({ result, options, seconds }, languages, player) {
  return [
    languageCard(result, options, languages),
    sentimentCard(result, player),
    speakersCard(result),
    suppressedCard(result.suppressed),
    seconds === null ? null : effort(result, seconds),
  ].filter(Boolean);
}
