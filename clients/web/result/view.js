// A recording on the page: progress, player, transcript and insights.
import { Captions } from "./captions.js";
import { controls } from "../player/controls.js";
import { element } from "../shared/dom.js";
import { downloads } from "./downloads.js";
import { failure } from "./failure.js";
import { bytes } from "../shared/format.js";
import { KeptNote } from "../kept/note.js";
import { insights, verdict } from "./cards/insights.js";
import { partialResult } from "./partial.js";
import { Player } from "../player/player.js";
import { Progress } from "./progress.js";
import { playWithSpace } from "../player/space-key.js";
import { Span } from "../player/span.js";
import { Tracks } from "../player/tracks.js";
import { warningsNotice } from "./cards/warnings.js";
import { decode } from "../player/waveform.js";

const NO_SPEECH = "No speech was found in this recording.";

export class View {
  #job;
  #actions;
  #againHint;
  #languages;
  #closing = new AbortController();
  #player;
  #tracks;
  #captions;
  #title = element("h2", { tabindex: "-1", dir: "auto" });
  #meta = element("p", { class: "quiet view-meta" });
  #downloads = element("div", { class: "view-actions" });
  #failure = element("div", { class: "view-slot" });
  #warnings = element("div", { class: "view-slot" });
  #undecodable = element("p", { class: "quiet undecodable", hidden: true }, "This browser can't decode the recording, so there is no waveform; the timeline is complete without it.");
  #insights = element("aside", { class: "insights", "aria-label": "About this recording" });
  #empty = element("p", { class: "quiet no-speech", hidden: true }, NO_SPEECH);
  #playerCard;
  #keptNote;
  /** The result on the page. */
  #shown = null;
  element;

  /** @param actions {onAgain(job, options or nothing), onRemove(job), againHint} */
  constructor(job, languages, actions) {
    this.#job = job;
    this.#languages = languages;
    this.#actions = { onAgain: () => actions.onAgain(job), onAgainWith: (options) => actions.onAgain(job, options), onRemove: () => actions.onRemove(job) };
    this.#againHint = actions.againHint ?? "with the language chosen now";
    this.#player = new Player(job.file);
    const span = new Span();
    this.#tracks = new Tracks(this.#player, span, this.#closing.signal);
    this.#captions = new Captions(this.#player, languages, this.#closing.signal);
    this.#title.textContent = job.file.name;
    this.#playerCard = element("section", { class: "player", "aria-label": "Player" }, this.#undecodable, this.#tracks.element, controls(this.#player, span, job.hasSound));
    this.#keptNote = new KeptNote(job, this.#closing.signal);
    this.element = this.#build();
    playWithSpace(this.element, this.#player, this.#closing.signal);
    job.addEventListener("change", () => this.#onChange());
    job.addEventListener("segment", (event) => this.#onSegment(event.detail));
    this.#decode();
    this.#onChange();
  }

  get title() {
    return this.#title;
  }

  hide() {
    this.element.hidden = true;
    this.#player.pause();
  }

  close() {
    this.#closing.abort();
    this.#player.close();
    this.element.remove();
  }

  #build() {
    return element(
      "article",
      { class: "view" },
      element("header", { class: "view-head" }, element("div", { class: "view-name" }, this.#title, this.#meta), this.#downloads),
      new Progress(this.#job, this.#player).element,
      this.#failure,
      this.#warnings,
      this.#playerCard,
      element(
        "div",
        { class: "view-columns" },
        element("section", { class: "transcript", "aria-label": "Transcript by segment", "aria-description": "The arrow keys move between segments; Space plays." }, this.#empty, this.#captions.element),
        this.#insights,
      ),
    );
  }

  async #decode() {
    const decoded = this.#job.hasSound ? await decode(this.#job.file) : null;
    this.#undecodable.hidden = decoded !== null || !this.#job.hasSound;
    this.#tracks.setPeaks(decoded?.peaks ?? null, decoded?.seconds);
    if (!decoded) return;
    if (!this.#player.duration) this.#player.duration = decoded.seconds;
    this.#tracks.setSegments(this.#job.result?.segments ?? this.#job.segments, this.#job.result?.sentiment?.shifts);
  }

  #onChange() {
    const { state, result } = this.#job;
    const hasEnded = state === "failed" || state === "cancelled";
    this.#failure.replaceChildren(...(hasEnded ? [failure(this.#job, this.#actions)] : []));
    this.#playerCard.hidden = hasEnded && !this.#job.segments.length;
    this.#empty.hidden = !(result && !result.segments.length);
    if (result && result === this.#shown) return;
    this.#shown = result;
    if (result) this.#showResult(result);
    else this.#showNothingYet();
  }

  #showNothingYet() {
    this.#insights.replaceChildren();
    this.#warnings.replaceChildren();
    if (this.#job.segments.length) return;
    this.#downloads.replaceChildren();
    this.#meta.textContent = bytes(this.#job.file.size);
    this.#captions.clear();
    this.#tracks.setSegments([]);
  }

  #onSegment(segment) {
    this.#captions.add(segment, this.#job.options.translate);
    // What is there can be saved before the rest is, and also if the rest never comes.
    if (this.#job.segments.length === 1) this.#downloads.replaceChildren(element("span", { class: "quiet" }, "So far"), downloads(() => partialResult(this.#job), this.#job.file.name));
    this.#tracks.setSegments(this.#job.segments);
  }

  #showResult(result) {
    const { options, took, hasSound } = this.#job;
    this.#player.duration = result.duration;
    this.#meta.replaceChildren(...verdict({ result, options }, this.#languages).map((part) => element("span", {}, part)));
    const again = { options, hasSound, onAgain: this.#actions.onAgainWith };
    const warnings = warningsNotice(result.warnings, again, this.#languages);
    this.#warnings.replaceChildren(...(warnings ? [warnings] : []));
    this.#captions.setResult(result.segments, result.words ?? [], options.translate);
    this.#tracks.setSegments(result.segments, result.sentiment?.shifts);
    this.#downloads.replaceChildren(...(result.segments.length ? [downloads(() => result, this.#job.file.name)] : []));
    const cards = insights({ result, options, seconds: took }, this.#languages, this.#player);
    this.#insights.replaceChildren(...cards, ...(hasSound ? [this.#againNote()] : []), this.#keptNote.element);
  }

  #againNote() {
    const button = element("button", { type: "button", class: "button small", onclick: this.#actions.onAgain }, "Recognise again");
    return element("p", { class: "quiet again" }, button, ` ${this.#againHint}`);
  }
}
