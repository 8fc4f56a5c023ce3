// How a sentiment is shown: by shape and sign first, by colour second.
import { element, shape } from "./dom.js";
import { percent, signed } from "./format.js";

export const LABELS = ["negative", "neutral", "positive"];

const OUTLINES = { positive: "M0-5L5 4H-5z", neutral: "M-4 0a4 4 0 1 0 8 0 4 4 0 1 0-8 0", negative: "M0 5L5-4H-5z" };

/** The outline of a label's sign around the origin, ten units wide. */
export function outline(label) {
  return OUTLINES[label];
}

/** Triangle up, dot, or triangle down. */
export function sign(label) {
  const path = shape("path", { d: outline(label) });
  return shape("svg", { viewBox: "-6 -6 12 12", class: `sign ${label}`, "aria-hidden": "true" }, path);
}

/** A lozenge: where one label gives way to another. */
export function turnSign() {
  return shape("svg", { viewBox: "-6 -6 12 12", class: "sign turning", "aria-hidden": "true" }, shape("path", { d: "M0-5L5 0 0 5-5 0z" }));
}

/** A bar for each label with its probability in figures. */
export function probabilities(scores) {
  return element(
    "ul",
    { class: "bars" },
    [...LABELS].reverse().map((label) => bar(label, scores[label], { sign: sign(label), tone: label })),
  );
}

/** One line of a bar list: name, bar, percentage. */
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

/** The label with its score; opens to show the probabilities. */
export function chip(sentiment) {
  const { label, score, scores, supported } = sentiment;
  return element(
    "details",
    { class: `chip ${label}` },
    element("summary", {}, sign(label), element("span", {}, label), element("span", { class: "chip-score" }, signed(score))),
    element("div", { class: "chip-more" }, probabilities(scores), supported ? null : unmeasured()),
  );
}

export function unmeasured() {
  return element("p", { class: "quiet" }, "How well sentiment is told in this language hasn't been measured: take it as a hint.");
}
