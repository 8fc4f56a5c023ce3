// Sentiment as shapes, signed scores and colours; no information is in the colour alone.
import { element, shape } from "./dom.js";
import { percent, signed } from "./format.js";

/** The classes with a probability each. */
export const CLASSES = ["negative", "neutral", "positive"];
/** The labels: the classes, and two for texts that none of them fits. */
export const LABELS = [...[...CLASSES].reverse(), "mixed", "uncertain"];

const OUTLINES = {
  positive: "M0-5L5 4H-5z",
  neutral: "M-4 0a4 4 0 1 0 8 0 4 4 0 1 0-8 0",
  negative: "M0 5L5-4H-5z",
  mixed: "M-2.5-5L.5 1H-5.5zM2.5 5L5.5-1H-.5z",
  uncertain: "M-4.5-1.25h9v2.5h-9z",
};

// The thresholds of the server's labels.
const MIXED_FROM = 0.3;
const CERTAIN_FROM = 0.5;
const NEUTRAL_SCORE = 1 / 3;

/** The label of average probabilities, by the rule of the server. */
export function labelOf(scores) {
  if (Math.min(scores.positive, scores.negative) >= MIXED_FROM) return "mixed";
  const best = CLASSES.reduce((found, each) => (scores[each] > scores[found] ? each : found));
  const contradicts = best === "neutral" && Math.abs(scores.positive - scores.negative) > NEUTRAL_SCORE;
  return scores[best] < CERTAIN_FROM || contradicts ? "uncertain" : best;
}

/** SVG path of a label's sign, ten units wide, centred at the origin. */
export function outline(label) {
  return OUTLINES[label];
}

/** Sign of a label: triangle up or down, both, a dot, or a bar. */
export function sign(label) {
  const path = shape("path", { d: outline(label) });
  return shape("svg", { viewBox: "-6 -6 12 12", class: `sign ${label}`, "aria-hidden": "true" }, path);
}

/** Sign of a shift between two labels: a lozenge. */
export function shiftSign() {
  return shape("svg", { viewBox: "-6 -6 12 12", class: "sign shifting", "aria-hidden": "true" }, shape("path", { d: "M0-5L5 0 0 5-5 0z" }));
}

/** Bars with the probability of each class. */
export function probabilities(scores) {
  return element(
    "ul",
    { class: "bars" },
    [...CLASSES].reverse().map((label) => bar(label, scores[label], { sign: sign(label), tone: label })),
  );
}

/** A row of a bar list: name, bar, percentage. */
export function bar(name, share, { sign: mark = null, tone = "plain", attributes = {} } = {}) {
  const filled = element("span", { class: `bar-filled ${tone}` });
  filled.style.inlineSize = `${Math.max(share * 100, 0.5)}%`;
  return element(
    "li",
    {},
    element("span", { class: "bar-name" }, mark, element("span", attributes, name)),
    element("span", { class: "bar-track", "aria-hidden": "true" }, filled),
    element("span", { class: "bar-share" }, percent(share)),
  );
}

/** A label with its score, which opens to show the probabilities. */
export function chip(sentiment) {
  const { label, score, scores, supported } = sentiment;
  return element(
    "details",
    { class: `chip ${label}` },
    element("summary", {}, sign(label), element("span", {}, label), element("span", { class: "chip-score" }, signed(score))),
    element("div", { class: "chip-more" }, probabilities(scores), supported ? null : unsupportedNote()),
  );
}

/** Note for a language that the classifier wasn't evaluated on. */
export function unsupportedNote() {
  return element("p", { class: "quiet" }, "The classifier hasn't been evaluated on this language: treat its result as a hint.");
}
