// The mood while somebody speaks: a sign for each turn between -1 and +1, and the average as a line.
import { element, shape } from "./dom.js";
import { signed } from "./format.js";
import { average } from "./live-result.js";
import { drawRuler } from "./ruler.js";
import { outline, sign } from "./sentiment.js";

const HEIGHT = 104;
const MIDDLE = HEIGHT / 2;
const REACH = MIDDLE - 12;
// The line grows to the right until there is this much; then it draws together.
const FIRST_S = 30;
// Closer together than this, signs would hide one another.
const SIGN_PX = 12;

const y = (score) => MIDDLE - score * REACH;
const middle = (turn) => (turn.start + turn.end) / 2;

function sticks(turns, x, isDense) {
  return turns.map((turn) => {
    const { label, score } = turn.sentiment;
    return shape(
      "g",
      { class: `mood-turn ${label}`, transform: `translate(${x(middle(turn))} 0)` },
      shape("line", { y1: MIDDLE, y2: y(score) }),
      isDense ? shape("circle", { r: 2.5, cy: y(score) }) : shape("path", { d: outline(label), transform: `translate(0 ${y(score)}) scale(1.2)` }),
    );
  });
}

export class MoodLine {
  #plot = shape("svg", { class: "mood-plot", height: HEIGHT, role: "img", "aria-label": "Mood: nothing yet" });
  #ruler = element("div", { class: "ruler", "aria-hidden": "true" });
  #words = element("p", { class: "mood-now" });
  element = element(
    "div",
    { class: "mood-line" },
    this.#words,
    element(
      "div",
      { class: "timeline" },
      this.#plot,
      element("span", { class: "timeline-label top" }, "+1"),
      element("span", { class: "timeline-label bottom" }, "\u22121"),
    ),
    this.#ruler,
  );
  #turns = [];
  #averages = [];
  #seconds = 0;

  /** @param signal aborted when the line is gone */
  constructor(signal) {
    const observer = new ResizeObserver(() => this.#draw());
    observer.observe(this.element);
    signal.addEventListener("abort", () => observer.disconnect());
    this.setTurns([]);
  }

  setTurns(turns) {
    this.#turns = turns.filter((turn) => turn.sentiment);
    this.#averages = this.#turns.map((turn, place) => ({ at: middle(turn), score: average(this.#turns.slice(0, place + 1)).score }));
    this.#say(average(this.#turns));
    this.#draw();
  }

  /** How long it has been. */
  setSeconds(seconds) {
    this.#seconds = seconds;
    this.#draw();
  }

  #say(mood) {
    const quiet = element("span", { class: "mood-title" }, "Mood so far");
    if (!mood) return this.#words.replaceChildren(quiet, element("span", { class: "mood-none" }, "after the first sentence"));
    this.#words.replaceChildren(quiet, sign(mood.label), element("span", { class: "mood-label" }, mood.label), element("span", { class: "mood-score" }, signed(mood.score)));
    const count = this.#turns.length;
    this.#plot.setAttribute("aria-label", `Mood of ${count} turn${count === 1 ? "" : "s"}: on average ${mood.label}, ${signed(mood.score)}`);
  }

  #draw() {
    const width = this.#plot.clientWidth;
    if (!width) return;
    const duration = Math.max(FIRST_S, this.#seconds);
    const x = (time) => (time / duration) * width;
    const isDense = this.#turns.length * SIGN_PX > x(this.#seconds);
    this.#plot.replaceChildren(
      shape("line", { class: "zero", x2: width, y1: MIDDLE, y2: MIDDLE }),
      ...this.#line(x),
      ...sticks(this.#turns, x, isDense),
    );
    drawRuler(this.#ruler, duration);
  }

  #line(x) {
    if (!this.#averages.length) return [];
    const now = { at: Math.max(this.#seconds, this.#turns.at(-1).end), score: this.#averages.at(-1).score };
    const points = [...this.#averages, now].map(({ at, score }) => `${x(at).toFixed(1)},${y(score).toFixed(1)}`);
    return [
      shape("polyline", { class: "mood-average", points: points.join(" ") }),
      shape("circle", { class: "mood-head", r: 4, cx: x(now.at), cy: y(now.score) }),
    ];
  }
}
