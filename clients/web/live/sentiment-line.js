// Sentiment of a live session: a sign for each turn between -1 and +1, and the average as a line.
import { element, shape } from "../shared/dom.js";
import { signed } from "../shared/format.js";
import { average } from "./result.js";
import { drawRuler } from "../shared/ruler.js";
import { outline, sign } from "../shared/sentiment.js";

const HEIGHT = 104;
const MIDDLE = HEIGHT / 2;
const REACH = MIDDLE - 12;
// The time axis covers this much at first; after that it covers the whole session.
const FIRST_S = 30;
// Signs closer together than this would overlap.
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

export class SentimentLine {
  #plot = shape("svg", { class: "mood-plot", height: HEIGHT, role: "img", "aria-label": "Sentiment: no turn yet" });
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

  /** @param signal aborted when the line is removed */
  constructor(signal) {
    const observer = new ResizeObserver(() => this.#draw());
    observer.observe(this.element);
    signal.addEventListener("abort", () => observer.disconnect());
    this.setTurns([]);
  }

  setTurns(turns) {
    this.#turns = turns.filter((turn) => turn.sentiment);
    this.#averages = this.#turns.map((turn, place) => ({ at: middle(turn), score: average(this.#turns.slice(0, place + 1)).score }));
    this.#showAverage(average(this.#turns));
    this.#draw();
  }

  /** Sets the length of the session. */
  setSeconds(seconds) {
    this.#seconds = seconds;
    this.#draw();
  }

  #showAverage(overall) {
    const quiet = element("span", { class: "mood-title" }, "Sentiment so far");
    if (!overall) return this.#words.replaceChildren(quiet, element("span", { class: "mood-none" }, "after the first sentence"));
    this.#words.replaceChildren(quiet, sign(overall.label), element("span", { class: "mood-label" }, overall.label), element("span", { class: "mood-score" }, signed(overall.score)));
    const count = this.#turns.length;
    this.#plot.setAttribute("aria-label", `Sentiment of ${count} turn${count === 1 ? "" : "s"}: on average ${overall.label}, ${signed(overall.score)}`);
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
    drawRuler(this.#ruler, 0, duration);
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
