// Sentiment over time: a step and a sign for each segment between -1 and +1, and the shifts.
import { element, shape } from "../shared/dom.js";
import { outline } from "../shared/sentiment.js";

const HEIGHT = 76;
const MIDDLE = HEIGHT / 2;
const REACH = MIDDLE - 10;
// Narrower steps have no sign.
const SIGN_PX = 13;
// Closer together than this, the lines of shifts would hide the steps.
const TURN_PX = 24;

const y = (score) => MIDDLE - score * REACH;

function step(segment, x) {
  const { label, score } = segment.sentiment;
  const left = x(segment.start);
  const width = Math.max(1.5, x(segment.end) - left - 1);
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

function turn(shift, x, hasLine) {
  const title = shape("title");
  title.textContent = `${shift.before} to ${shift.after}`;
  return shape(
    "g",
    { class: "turn", transform: `translate(${x(shift.at)} 0)` },
    title,
    hasLine ? shape("line", { y1: 7, y2: HEIGHT }) : null,
    shape("path", { d: hasLine ? "M0 0l3.5 3.5L0 7l-3.5-3.5z" : "M0 2l2 2L0 6l-2-2z" }),
  );
}

export class Timeline {
  #plot = shape("svg", { class: "timeline-plot", height: HEIGHT, "aria-hidden": "true" });
  element = element(
    "div",
    { class: "timeline", hidden: true },
    this.#plot,
    element("span", { class: "timeline-label top" }, "+1"),
    element("span", { class: "timeline-label bottom" }, "\u22121"),
  );
  #data = { duration: 0, segments: [], shifts: [] };

  setData(duration, segments, shifts) {
    this.#data = { duration, segments: segments.filter((each) => each.sentiment), shifts };
    this.element.hidden = this.#data.segments.length === 0;
    this.draw();
  }

  draw() {
    const width = this.element.clientWidth;
    const { duration, segments, shifts } = this.#data;
    if (!width || !duration) return;
    const x = (time) => (time / duration) * width;
    this.#plot.replaceChildren(
      shape("line", { class: "zero", x2: width, y1: MIDDLE, y2: MIDDLE }),
      ...shifts.map((each) => turn(each, x, shifts.length * TURN_PX < width)),
      ...segments.flatMap((each) => step(each, x)).filter(Boolean),
    );
  }
}
