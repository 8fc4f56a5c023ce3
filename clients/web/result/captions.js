// The transcript: segments and words that follow playback; a click seeks to their start.
import { element } from "../shared/dom.js";
import { clock, spokenTime } from "../shared/format.js";
import { chip } from "../shared/sentiment.js";
import { speakerBadge } from "./speakers.js";

// Entries that may begin and end within another one, when speakers overlap.
const INTERRUPTIONS = 8;

const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Spans of a segment's words within its text. The text itself is kept, since not every script puts
 * spaces between words.
 */
function wordSpans(text, words) {
  const spans = [];
  const nodes = [];
  let read = 0;
  for (const word of words) {
    const at = word.word ? text.indexOf(word.word, read) : -1;
    if (at < 0) continue;
    const span = element("span", { class: "word" }, word.word);
    nodes.push(text.slice(read, at), span);
    spans.push({ span, start: word.start, end: word.end });
    read = at + word.word.length;
  }
  nodes.push(text.slice(read));
  return { nodes, spans };
}

/** Words of each segment; speakers may overlap. */
function wordsBySegment(segments, words) {
  const waiting = new Map(segments.map(({ speaker }) => [speaker, words.filter((word) => word.speaker === speaker)]));
  return segments.map(({ speaker }, place) => {
    const limit = segments.slice(place + 1).find((later) => later.speaker === speaker)?.start ?? Infinity;
    const own = waiting.get(speaker);
    // 5 ms of tolerance: times are rounded, and a word may seem to start before its segment.
    const after = own.findIndex((word) => word.start + 0.005 >= limit);
    return own.splice(0, after < 0 ? own.length : after);
  });
}

/** Index of the last entry that has started by `time`, or -1. */
function lastStarted(entries, time) {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle].start <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The entry at `time`, or undefined; of overlapping ones the one that began last. */
function entryAt(entries, time) {
  const last = lastStarted(entries, time);
  return entries.slice(Math.max(0, last - INTERRUPTIONS), last + 1).findLast(({ end }) => time < end);
}

export class Captions {
  #player;
  #list = element("ol", { class: "captions" });
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

  constructor(player, signal) {
    this.#player = player;
    this.#list.addEventListener("click", (event) => this.#onClick(event));
    this.#list.addEventListener("keydown", (event) => this.#onKey(event));
    player.addEventListener("time", () => this.#onTime());
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
    const row = element("li", { class: `caption ${speaker ? "by-speaker" : ""} ${look}` }, time, label, text, segment.sentiment ? chip(segment.sentiment) : null);
    this.#rows.push({ row, start: segment.start, end: segment.end, speaker });
    this.#words.push(...spans);
    // Words of overlapping speakers interleave.
    if (speaker) this.#words.sort((one, other) => one.start - other.start);
    this.#list.append(row);
  }

  #onTime() {
    const { time } = this.#player;
    this.#word = this.#mark(this.#word, entryAt(this.#words, time)?.span ?? null);
    const row = entryAt(this.#rows, time)?.row ?? null;
    if (row === this.#row) return;
    this.#row?.removeAttribute("aria-current");
    this.#row = this.#mark(this.#row, row);
    row?.setAttribute("aria-current", "true");
    if (row && this.#player.isPlaying && this.#follows) this.#bringIntoView(row);
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

  /** Arrow keys move between segments, so that a long transcript doesn't need many Tab presses. */
  #onKey(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (!(event.key in steps) || !event.target.matches(".caption-time")) return;
    const at = this.#rows.findIndex(({ row }) => row === event.target.parentElement);
    const next = this.#rows[at + steps[event.key]];
    if (next) {
      event.preventDefault();
      next.row.querySelector(".caption-time").focus();
    }
  }
}
