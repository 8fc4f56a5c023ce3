// A live session on the page: state, buttons, level, sentiment and captions.
import { element, icon } from "../shared/dom.js";
import { clock, took } from "../shared/format.js";
import { LiveCaptions } from "./captions.js";
import { downloads } from "../result/downloads.js";
import { resultOf } from "./result.js";
import { Level } from "./level.js";
import { SentimentLine } from "./sentiment-line.js";
import { LABELS, sign } from "../shared/sentiment.js";

const STATES = {
  idle: "Not started",
  starting: "Starting",
  listening: "Listening",
  finishing: "Finishing",
  paused: "Paused",
  lost: "Interrupted",
};
const SILENT = "There is no sound. Is the microphone muted, or is it the wrong one?";

export class LiveBoard {
  #session;
  #closing = new AbortController();
  #level = new Level(this.#closing.signal);
  #sentiment = new SentimentLine(this.#closing.signal);
  #captions;
  #state = element("span", { class: "live-state", role: "status" });
  #time = element("span", { class: "live-time" });
  #lag = element("span", { class: "live-lag quiet" });
  #pause = element("button", { type: "button", class: "button" });
  #stop = element("button", { type: "button", class: "button primary" }, icon("stop"), "Stop");
  #notice = element("div", { class: "view-slot" });
  #save;
  #hint = element("p", { class: "quiet live-hint", role: "status" });
  #timer;
  element;

  /** @param name of what is saved; @param actions {onPause, onResume, onStop} */
  constructor(session, languages, name, actions) {
    this.#session = session;
    const current = () => resultOf(session.turns, session.recording, languages);
    this.#save = element("div", { class: "live-save", hidden: true }, element("span", { class: "quiet" }, "So far"), downloads(current, name));
    this.#captions = new LiveCaptions(languages, this.#closing.signal);
    this.#pause.addEventListener("click", () => (session.state === "listening" ? actions.onPause() : actions.onResume()));
    this.#stop.addEventListener("click", actions.onStop);
    this.element = this.#build();
    session.addEventListener("state", () => this.#onState());
    session.addEventListener("frame", ({ detail }) => this.#onFrame(detail));
    session.addEventListener("turn", ({ detail }) => this.#onTurn(detail));
    this.#timer = setInterval(() => this.#tick(), 500);
    this.#onState();
    this.#tick();
  }

  close() {
    clearInterval(this.#timer);
    this.#closing.abort();
    this.element.remove();
  }

  /** Moves the focus to a button, after the focused one was removed. */
  focus() {
    (this.#pause.disabled ? this.#stop : this.#pause).focus({ preventScroll: true });
  }

  #build() {
    const { source } = this.#session;
    const name = element("p", { class: "live-name quiet", dir: "auto" }, source.isFile ? source.name : "Microphone");
    return element(
      "article",
      { class: "live-board", "aria-label": "Live session" },
      element(
        "div",
        { class: "live-card" },
        element(
          "header",
          { class: "live-head" },
          element("div", { class: "live-now" }, element("p", { class: "live-words" }, this.#state, this.#time, this.#lag), name),
          this.#level.element,
          element("div", { class: "live-buttons" }, source.isFile ? this.#playSwitch(source) : null, this.#pause, this.#stop),
        ),
        this.#sentiment.element,
        element("p", { class: "legend live-legend" }, LABELS.map((label) => element("span", {}, sign(label), label)), element("span", {}, element("i", { class: "legend-line" }), "average")),
      ),
      this.#notice,
      this.#hint,
      this.#save,
      this.#captions.element,
    );
  }

  #playSwitch(source) {
    const box = element("input", { type: "checkbox", role: "switch", onchange: () => (source.isAudible = box.checked) });
    return element("label", { class: "switch" }, box, element("span", { class: "switch-track", "aria-hidden": "true" }), "Play the sound");
  }

  #onState() {
    const { state, problem, source } = this.#session;
    this.element.dataset.state = state;
    this.#state.textContent = state === "listening" && source.isFile ? "Streaming" : (STATES[state] ?? "");
    const isWaiting = state === "paused" || state === "lost";
    this.#pause.replaceChildren(icon(isWaiting ? "play" : "pause"), state === "lost" ? "Continue" : isWaiting ? "Resume" : "Pause");
    this.#pause.disabled = !isWaiting && state !== "listening";
    this.#stop.disabled = state === "finishing";
    if (state !== "listening") this.#level.reset();
    this.#notice.replaceChildren(...(problem ? [this.#explain(problem)] : []));
    this.#tick();
  }

  #explain(problem) {
    const isOver = this.#session.state === "lost";
    return element(
      "div",
      { class: "notice bad", role: "alert" },
      element("p", { class: "notice-title" }, isOver ? "The session was interrupted" : "Something went wrong"),
      element("p", {}, problem.message),
      isOver ? element("p", {}, "The transcript is kept. Continue the session, or stop to see all of it.") : null,
    );
  }

  #onFrame(frame) {
    this.#level.add(frame);
    const hint = this.#level.isSilent && !this.#session.source.isFile ? SILENT : "";
    if (this.#hint.textContent !== hint) this.#hint.textContent = hint;
  }

  #onTurn(turn) {
    this.#captions.show(turn);
    this.#save.hidden = !this.#session.turns.list.some(({ text }) => text);
    if (turn.state !== "open") this.#sentiment.setTurns(this.#session.turns.list);
  }

  #tick() {
    const { recording, lag, state } = this.#session;
    this.#time.textContent = clock(recording.seconds);
    this.#lag.textContent = state !== "listening" ? "" : lag ? `${took(lag)} behind` : "up to date";
    this.#sentiment.setSeconds(recording.seconds);
  }
}
