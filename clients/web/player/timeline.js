// Sentiment over time between -1 and +1: a step and a sign for each segment and the shifts, or a
// smooth line where the segments are too many to be seen.
import { element, shape } from "../shared/dom.js";
import { outline } from "../shared/sentiment.js";
import { smoothedScores } from "./smoothing.js";

const HEIGHT = 76;
const MIDDLE = HEIGHT / 2;
const REACH = MIDDLE - 10;
// Narrower steps have no sign.
const SIGN_PX = 13;
// Closer together than this, the lines of shifts would hide the steps.
const SHIFT_PX = 24;
// Narrower on average, steps give way to a smooth line.
const STEP_PX = 7;
const POINT_PX = 3;

// Averages are small: the axis of a smooth line ends at one of these.
const AXIS_ENDS = [0.25, 0.5, 1];

const y = (score) => MIDDLE - score * REACH;

function step(segment, x, end) {
  const { label, score } = segment.sentiment;
  const left = Math.max(0, x(segment.start));
  const width = Math.max(1.5, Math.min(end, x(segment.end)) - left - 1);
  const top = Math.min(y(score), MIDDLE);
  const tall = Math.abs(y(score) - MIDDLE);
  return [
    shape("rect", { class: `step-area ${label}`, x: left, y: top, width, height: tall }),
    shape("rect", { class: `step-edge ${label}`, x: left, y: y(score) - 1, width, height: 2 }),
    width >= SIGN_PX
      ? shape("path", { class: `step-sign ${label}`, d: outline(label), transform: `translate(${left + width / 2} ${y(score)})` })
      : null,
  ];
}

function shiftMark(shift, x, hasLine) {
  const title = shape("title");
  title.textContent = `Shift of sentiment: ${shift.before} to ${shift.after}`;
  return shape(
    "g",
    { class: "shift", transform: `translate(${x(shift.at)} 0)` },
    title,
    hasLine ? shape("line", { y1: 7, y2: HEIGHT }) : null,
    shape("path", { d: hasLine ? "M0 0l3.5 3.5L0 7l-3.5-3.5z" : "M0 2l2 2L0 6l-2-2z" }),
  );
}

/** Areas of a smooth line above and below zero, and marks where segments are mixed. */
function smoothLine(scores, axisEnd, segments, width, x) {
  const at = (place) => (place / (scores.length - 1)) * width;
  const line = (score) => Array.from(scores, (each, place) => `${at(place).toFixed(1)},${y(score(each) / axisEnd).toFixed(1)}`).join(" L");
  const area = (label, score) => shape("path", { class: `step-area ${label}`, d: `M0,${MIDDLE} L${line(score)} L${width},${MIDDLE}Z` });
  const mixed = segments.filter(({ sentiment }) => sentiment.label === "mixed");
  return [
    area("positive", (score) => Math.max(0, score)),
    area("negative", (score) => Math.min(0, score)),
    shape("path", { class: "smooth-line", d: `M${line((score) => score)}` }),
    ...mixed.map(({ start, end }) => shape("rect", { class: "step-edge mixed", x: x(start), y: MIDDLE - 1.5, width: Math.max(2, x(end) - x(start)), height: 3 })),
  ];
}

export class Timeline {
  #span;
  #plot = shape("svg", { class: "timeline-plot", height: HEIGHT, "aria-hidden": "true" });
  #top = element("span", { class: "timeline-label top" });
  #bottom = element("span", { class: "timeline-label bottom" });
  #note = element("span", { class: "timeline-note", hidden: true }, "Smoothed; zoom in for each segment");
  element = element(
    "div",
    { class: "timeline", hidden: true },
    this.#plot,
    this.#top,
    this.#bottom,
    this.#note,
  );
  #segments = [];
  #shifts = [];

  constructor(span) {
    this.#span = span;
  }

  setData(segments, shifts) {
    this.#segments = segments.filter((each) => each.sentiment);
    this.#shifts = shifts;
    this.element.hidden = this.#segments.length === 0;
    this.draw();
  }

  /** Whether the segments that are shown are too many for a step each. */
  get isSmooth() {
    return this.#shown().length * STEP_PX > this.element.clientWidth;
  }

  draw() {
    const width = this.element.clientWidth;
    if (!width || !this.#span.duration) return;
    const x = (time) => this.#span.place(time) * width;
    const { isSmooth } = this;
    this.#note.hidden = !isSmooth;
    this.#plot.replaceChildren(
      shape("line", { class: "zero", x2: width, y1: MIDDLE, y2: MIDDLE }),
      ...(isSmooth ? this.#smooth(width, x) : this.#steps(width, x)),
    );
  }

  #shown() {
    const { from, to } = this.#span;
    return this.#segments.filter(({ start, end }) => end > from && start < to);
  }

  #smooth(width, x) {
    const segments = this.#shown();
    const scores = smoothedScores(segments, this.#span.from, this.#span.to, Math.max(2, Math.ceil(width / POINT_PX)));
    const highest = scores.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
    const axisEnd = AXIS_ENDS.find((each) => each >= highest) ?? 1;
    this.#label(axisEnd);
    return smoothLine(scores, axisEnd, segments, width, x);
  }

  #steps(width, x) {
    const { from, to } = this.#span;
    const shifts = this.#shifts.filter(({ at }) => at >= from && at <= to);
    this.#label(1);
    return [
      ...shifts.map((each) => shiftMark(each, x, shifts.length * SHIFT_PX < width)),
      ...this.#shown().flatMap((each) => step(each, x, width)).filter(Boolean),
    ];
  }

  #label(axisEnd) {
    this.#top.textContent = `+${axisEnd}`;
    this.#bottom.textContent = `\u2212${axisEnd}`;
  }
}
