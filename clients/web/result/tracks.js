// Waveform and sentiment on one time axis, with a playhead for pointer and keyboard.
import { element } from "../shared/dom.js";
import { spokenTime } from "../shared/format.js";
import { drawRuler } from "../shared/ruler.js";
import { onThemeChange } from "../shared/theme.js";
import { Timeline } from "./timeline.js";
import { Waveform } from "./waveform.js";

const KEYS_S = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10 };

export class Tracks {
  #player;
  #segments = [];
  #waveform = new Waveform();
  #timeline = new Timeline();
  #ruler = element("div", { class: "ruler", "aria-hidden": "true" });
  #head = element("div", { class: "playhead" });
  #now = element("div", { class: "now", hidden: true });
  element = element(
    "div",
    { class: "tracks", role: "slider", tabindex: "0", "aria-label": "Position in the recording", "aria-valuemin": "0" },
    this.#now,
    this.#waveform.element,
    this.#timeline.element,
    this.#ruler,
    this.#head,
  );

  /** @param signal aborted when the recording is removed */
  constructor(player, signal) {
    this.#player = player;
    player.addEventListener("time", () => this.#onTime());
    this.element.addEventListener("pointerdown", (event) => this.#onPress(event));
    this.element.addEventListener("pointermove", (event) => this.#onDrag(event));
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    const observer = new ResizeObserver(() => this.#draw());
    observer.observe(this.element);
    signal.addEventListener("abort", () => observer.disconnect());
    onThemeChange(() => this.#waveform.draw(), signal);
  }

  /** @param peaks of `decode`, or null; @param seconds of audio that they cover */
  setPeaks(peaks, seconds) {
    this.#waveform.setPeaks(peaks, seconds);
  }

  setSegments(segments, shifts = []) {
    this.#segments = segments;
    this.#waveform.setScale(this.#player.duration, segments);
    this.#timeline.setData(this.#player.duration, segments, shifts);
    this.#draw();
    this.#onTime();
  }

  #draw() {
    this.#waveform.draw();
    this.#timeline.draw();
    if (this.#player.duration) drawRuler(this.#ruler, this.#player.duration);
  }

  #place(time) {
    return `${(time / (this.#player.duration || 1)) * 100}%`;
  }

  #onTime() {
    const { time, duration } = this.#player;
    const current = this.#segments.find((each) => each.start <= time && time < each.end);
    this.#head.style.left = this.#place(time);
    this.#now.hidden = !current;
    if (current) {
      this.#now.style.left = this.#place(current.start);
      this.#now.style.width = this.#place(current.end - current.start);
    }
    const spoken = current ? `, ${current.sentiment?.label ?? ""} ${current.text.trim()}` : "";
    this.element.setAttribute("aria-valuemax", duration.toFixed(1));
    this.element.setAttribute("aria-valuenow", time.toFixed(1));
    this.element.setAttribute("aria-valuetext", `${spokenTime(time)} of ${spokenTime(duration)}${spoken}`);
  }

  #seekTo(event) {
    const box = this.element.getBoundingClientRect();
    this.#player.seek(((event.clientX - box.left) / box.width) * this.#player.duration);
  }

  #onPress(event) {
    if (event.button !== 0) return;
    this.element.setPointerCapture(event.pointerId);
    this.#seekTo(event);
  }

  #onDrag(event) {
    if (this.element.hasPointerCapture(event.pointerId)) this.#seekTo(event);
  }

  #onKey(event) {
    const { time, duration } = this.#player;
    const ends = { Home: 0, End: duration };
    if (event.key in KEYS_S) this.#player.seek(time + KEYS_S[event.key] * (event.shiftKey ? 5 : 1));
    else if (event.key in ends) this.#player.seek(ends[event.key]);
    else if (event.key === " " || event.key === "Enter") this.#player.toggle();
    else return;
    event.preventDefault();
  }
}
