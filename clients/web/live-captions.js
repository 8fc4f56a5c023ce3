// Captions of what is being said: a line for each turn, its words as they come.
import { element } from "./dom.js";
import { clock, percent } from "./format.js";
import { chip } from "./sentiment.js";

const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

function unfinished(turn) {
  if (turn.state === "failed") return `The words of this turn are missing: ${turn.error.message}`;
  if (turn.state === "cut") return "Not heard to the end.";
  return null;
}

export class LiveCaptions {
  #languages;
  #list = element("ol", { class: "captions live-captions" });
  #newest = element("button", { type: "button", class: "button follow", hidden: true, onclick: () => this.#toEnd() }, "Newest line");
  element = element("section", { class: "transcript", "aria-label": "Live captions" }, this.#list, this.#newest);
  #rows = new Map();

  /** @param signal aborted when the captions are gone */
  constructor(languages, signal) {
    this.#languages = languages;
    addEventListener("scroll", () => this.#endIsSeen() && (this.#newest.hidden = true), { signal, passive: true });
  }

  show(turn) {
    const follows = this.#endIsSeen();
    if (turn.state === "dropped") return this.#remove(turn);
    const row = this.#rows.get(turn.id) ?? this.#add(turn);
    row.said.textContent = turn.text;
    row.pending.textContent = turn.pending;
    row.dots.hidden = turn.state !== "open" || Boolean(turn.text || turn.pending);
    if (turn.language) row.text.setAttribute("lang", turn.language);
    row.marks.replaceChildren(...this.#marks(turn));
    row.line.classList.toggle("open", turn.state === "open");
    if (follows) this.#toEnd();
    else this.#newest.hidden = false;
  }

  #add(turn) {
    const said = element("span", { class: "said" });
    const pending = element("span", { class: "pending" });
    const dots = element("span", { class: "dots", role: "img", "aria-label": "Somebody speaks" }, element("i"), element("i"), element("i"));
    const text = element("p", { class: "caption-text", dir: "auto" }, said, pending, dots);
    const marks = element("div", { class: "caption-marks" });
    const line = element("li", { class: "caption fresh" }, element("span", { class: "caption-time" }, clock(turn.start)), text, marks);
    const row = { line, text, said, pending, dots, marks };
    this.#rows.set(turn.id, row);
    this.#list.append(line);
    return row;
  }

  #remove(turn) {
    this.#rows.get(turn.id)?.line.remove();
    this.#rows.delete(turn.id);
  }

  #marks(turn) {
    const note = unfinished(turn);
    return [this.#language(turn), turn.sentiment ? chip(turn.sentiment) : null, note ? element("p", { class: "quiet caption-note" }, note) : null].filter(Boolean);
  }

  #language({ language, detection }) {
    if (!language) return null;
    if (detection?.abstained) return element("span", { class: "badge" }, "language not sure");
    const sure = detection ? element("span", { class: "badge-share" }, percent(detection.confidence)) : null;
    return element("span", { class: "badge" }, this.#languages.find(language).name, sure);
  }

  /** Whoever has scrolled the newest line away isn't pulled back to it. */
  #endIsSeen() {
    const line = this.#list.lastElementChild;
    return !line || line.getBoundingClientRect().top < innerHeight;
  }

  #toEnd() {
    this.#newest.hidden = true;
    this.#list.lastElementChild?.scrollIntoView({ block: "nearest", behavior: reducedMotion.matches ? "auto" : "smooth" });
  }
}
