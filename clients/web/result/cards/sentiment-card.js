// Sentiment of a whole recording: average, time of each label, and the shifts between labels.
import { element } from "../../shared/dom.js";
import { clock, signed, spokenTime } from "../../shared/format.js";
import { bar, LABELS, probabilities, sign, unsupportedNote } from "../../shared/sentiment.js";
import { card } from "./card.js";

// More shifts than this are listed on request.
const FEW = 6;

function scale(score, label) {
  const marker = element("span", { class: `scale-marker ${label}` });
  marker.style.left = `${(score + 1) * 50}%`;
  return element("div", { class: "scale", "aria-hidden": "true" }, marker);
}

/** Bars with each label's share of the time: an average hides what is mixed or uncertain. */
function labelBars(segments) {
  const seconds = new Map();
  for (const { sentiment, start, end } of segments) {
    if (sentiment) seconds.set(sentiment.label, (seconds.get(sentiment.label) ?? 0) + Math.max(0.01, end - start));
  }
  const total = [...seconds.values()].reduce((sum, each) => sum + each, 0);
  const present = LABELS.filter((label) => seconds.has(label));
  return element(
    "ul",
    { class: "bars", "aria-label": "Share of the time by label" },
    present.map((label) => bar(label, seconds.get(label) / total, { sign: sign(label), tone: label })),
  );
}

function shiftList(shifts, player) {
  if (!shifts.length) return null;
  const entries = shifts.map(({ at, before, after }) =>
    element(
      "li",
      {},
      element("button", { type: "button", class: "shift-button", onclick: () => player.seek(at), "aria-label": `${spokenTime(at)}: from ${before} to ${after}` },
        element("span", { class: "caption-time" }, clock(at)), sign(before), "\u2192", sign(after), element("span", {}, after)),
    ),
  );
  const count = shifts.length === 1 ? "1 shift of sentiment" : `${shifts.length} shifts of sentiment`;
  return element("details", { class: "shifts", open: shifts.length <= FEW }, element("summary", {}, count), element("ol", {}, entries));
}

/** A card, or null for a result without sentiment. */
export function sentimentCard({ sentiment, segments }, player) {
  if (!sentiment) return null;
  const { average, shifts } = sentiment;
  return card(
    "Sentiment",
    element("p", { class: `mood ${average.label}` }, sign(average.label), element("span", {}, average.label), element("span", { class: "mood-score" }, signed(average.score))),
    scale(average.score, average.label),
    labelBars(segments),
    average.supported ? null : unsupportedNote(),
    element("details", { class: "shifts" }, element("summary", {}, "Average probabilities"), probabilities(average.scores)),
    shiftList(shifts, player),
  );
}
