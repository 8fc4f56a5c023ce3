// Captions of a live session: a line for each turn, with final and interim text.
import { element } from "../shared/dom.js";
import { clock, percent } from "../shared/format.js";
import { RovingFocus } from "../shared/roving.js";
import { chip } from "../shared/sentiment.js";

const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

function incompleteNote(turn) {
  if (turn.state === "failed") return `The text of this turn is missing: ${turn.error.message}`;
  if (turn.state === "cut") return "Not recognised to the end.";
  return null;
}

export class LiveCaptions {
  #languages;
  #list = element("ol", { class: "captions live-captions" });
  #roving = new RovingFocus(this.#list, "summary");
  #newest = element("button", { type: "button", class: "button follow", hidden: true, onclick: () => this.#toEnd() }, "Newest line");
  element = element("section", { class: "transcript", "aria-label": "Live captions" }, this.#list, this.#newest);
  #rows = new Map();

  /** @param signal aborted when the captions are gone */
  constructor(languages, signal) {
    this.#languages = languages;
    addEventListener("scroll", () => this.#endIsVisible() && (this.#newest.hidden = true), { signal, passive: true });
  }

  show(turn) {
    const follows = this.#endIsVisible();
    if (turn.state === "dropped") return this.#remove(turn);
    const row = this.#rows.get(turn.id) ?? this.#add(turn);
    row.final.textContent = turn.text;
    row.pending.textContent = turn.pending;
    row.dots.hidden = turn.state !== "open" || Boolean(turn.text || turn.pending);
    if (turn.language) row.text.setAttribute("lang", turn.language);
    row.marks.replaceChildren(...this.#marks(turn));
    this.#roving.add(row.line);
    row.line.classList.toggle("open", turn.state === "open");
    if (follows) this.#toEnd();
    else this.#newest.hidden = false;
  }

  #add(turn) {
    const final = element("span", { class: "final" });
    const pending = element("span", { class: "pending" });
    const dots = element("span", { class: "dots", role: "img", "aria-label": "Speech" }, element("i"), element("i"), element("i"));
    const text = element("p", { class: "caption-text", dir: "auto" }, final, pending, dots);
    const marks = element("div", { class: "caption-marks" });
    const line = element("li", { class: "caption fresh" }, element("span", { class: "caption-time" }, clock(turn.start)), text, marks);
    const row = { line, text, final, pending, dots, marks };
    this.#rows.set(turn.id, row);
    this.#list.append(line);
    return row;
  }

  #remove(turn) {
    this.#rows.get(turn.id)?.line.remove();
    this.#rows.delete(turn.id);
  }

  #marks(turn) {
    const note = incompleteNote(turn);
    return [this.#language(turn), turn.sentiment ? chip(turn.sentiment) : null, note ? element("p", { class: "quiet caption-note" }, note) : null].filter(Boolean);
  }

  #language({ language, detection }) {
    if (!language) return null;
    if (detection?.abstained) return element("span", { class: "badge" }, "language uncertain");
    const sure = detection ? element("span", { class: "badge-share" }, percent(detection.confidence)) : null;
    return element("span", { class: "badge" }, this.#languages.find(language).name, sure);
  }

  /** Whether the newest line is in view; otherwise the page doesn't scroll to it. */
  #endIsVisible() {
    const line = this.#list.lastElementChild;
    return !line || line.getBoundingClientRect().top < innerHeight;
  }

  #toEnd() {
    this.#newest.hidden = true;
    this.#list.lastElementChild?.scrollIntoView({ block: "nearest", behavior: reducedMotion.matches ? "auto" : "smooth" });
  }
}
