// The transcript: segments and words that follow playback; a click seeks to their start.
import { element } from "../shared/dom.js";
import { clock, spokenTime } from "../shared/format.js";
import { chip } from "../shared/sentiment.js";
import { RovingFocus } from "../shared/roving.js";
import { speakerBadge } from "./cards/speakers.js";
import { entryAt, wordsBySegment, wordSpans } from "./words.js";

// Controls of a row, which the arrow keys reach.
const CONTROLS = ".caption-time, summary";

const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

export class Captions {
  #player;
  #languages;
  #list = element("ol", { class: "captions" });
  #roving = new RovingFocus(this.#list, CONTROLS);
  #followButton = element(
    "button",
    { type: "button", class: "button follow", hidden: true, onclick: () => this.#followAgain() },
    "Follow along",
  );
  element = element("div", {}, this.#list, this.#followButton);
  #rows = [];
  #words = [];
  #row = null;
  #word = null;
  #follows = true;

  constructor(player, languages, signal) {
    this.#player = player;
    this.#languages = languages;
    this.#list.addEventListener("click", (event) => this.#onClick(event));
    player.addEventListener("time", () => this.#onTime());
    player.addEventListener("seek", () => this.#onSeek());
    for (const name of ["wheel", "touchmove"]) {
      addEventListener(name, () => this.#stopFollowing(), { signal, passive: true });
    }
  }

  clear() {
    this.#list.replaceChildren();
    this.#rows = [];
    this.#words = [];
  }

  /** Appends a segment; `translated` says that its text is English in any case. */
  add(segment, translated) {
    this.#append(segment, segment.words ?? [], translated, "fresh");
  }

  setResult(segments, words, translated) {
    this.clear();
    const own = wordsBySegment(segments, words);
    segments.forEach((segment, place) => this.#append(segment, own[place], translated));
    this.#onTime();
  }

  #append(segment, words, translated, look = "") {
    const { nodes, spans } = wordSpans(segment.text.trim(), words);
    const time = element(
      "button",
      { type: "button", class: "caption-time", "aria-label": `Go to ${spokenTime(segment.start)}` },
      clock(segment.start),
    );
    const lang = translated ? "en" : segment.language;
    const text = element("p", { class: "caption-text", dir: "auto", lang }, nodes);
    const { speaker } = segment;
    const label = speaker ? speakerBadge(speaker, { isFaint: this.#rows.at(-1)?.speaker === speaker }) : null;
    const badge = this.#languageBadge(segment.language);
    const row = element("li", { class: `caption ${speaker ? "by-speaker" : ""} ${look}` }, badge, time, label, text, segment.sentiment ? chip(segment.sentiment) : null);
    this.#rows.push({ row, start: segment.start, end: segment.end, speaker, language: segment.language });
    this.#words.push(...spans);
    // Words of overlapping speakers interleave.
    if (speaker) this.#words.sort((one, other) => one.start - other.start);
    this.#list.append(row);
    this.#roving.add(row);
  }

  /** A badge where the language changes, and then on the first row too; null elsewhere. */
  #languageBadge(language) {
    const before = this.#rows.at(-1)?.language;
    if (!language || !before || language === before) return null;
    const [first] = this.#rows;
    if (!first.row.querySelector(".caption-language")) first.row.prepend(this.#badge(first.language));
    return this.#badge(language);
  }

  #badge(language) {
    return element("p", { class: "caption-language" }, element("span", { class: "badge" }, this.#languages.find(language).name));
  }

  #onTime() {
    const { time } = this.#player;
    this.#word = this.#mark(this.#word, entryAt(this.#words, time)?.span ?? null);
    const row = entryAt(this.#rows, time)?.row ?? null;
    if (row === this.#row) return;
    this.#row?.removeAttribute("aria-current");
    this.#row = this.#mark(this.#row, row);
    row?.setAttribute("aria-current", "true");
    if (row) this.#roving.setCurrent(row);
    if (row && this.#player.isPlaying && this.#follows) this.#bringIntoView(row);
  }

  /** Seeking brings the text into view, also while paused; the text that was clicked is there. */
  #onSeek() {
    this.#onTime();
    if (!this.#row) return;
    const { top, bottom } = this.#row.getBoundingClientRect();
    if (top < this.#coveredPx() || bottom > innerHeight) this.#bringIntoView(this.#row);
  }

  /** Pixels at the top of the window that the player covers. */
  #coveredPx() {
    const card = this.element.closest(".view")?.querySelector(".player");
    return card && getComputedStyle(card).position === "sticky" ? Math.max(0, card.getBoundingClientRect().bottom) : 0;
  }

  #mark(before, now) {
    if (before !== now) {
      before?.classList.remove("current");
      now?.classList.add("current");
    }
    return now;
  }

  #bringIntoView(row) {
    row.scrollIntoView({ block: "center", behavior: reducedMotion.matches ? "auto" : "smooth" });
  }

  #stopFollowing() {
    if (!this.#player.isPlaying) return;
    this.#follows = false;
    this.#followButton.hidden = false;
  }

  #followAgain() {
    this.#follows = true;
    this.#followButton.hidden = true;
    if (this.#row) this.#bringIntoView(this.#row);
  }

  #onClick(event) {
    if (String(getSelection())) return;
    const word = this.#words.find(({ span }) => span === event.target);
    const caption = event.target.closest(".caption-time, .caption-text")?.parentElement;
    const entry = word ?? this.#rows.find(({ row }) => row === caption);
    if (entry) this.#player.seek(entry.start);
  }
}
