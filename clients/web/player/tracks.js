// Waveform and sentiment on one time axis, with a playhead for pointer and keyboard, and zooming.
import { element } from "../shared/dom.js";
import { spokenTime } from "../shared/format.js";
import { drawRuler } from "../shared/ruler.js";
import { onThemeChange } from "../shared/theme.js";
import { Timeline } from "./timeline.js";
import { Waveform } from "./waveform.js";

const KEYS_S = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10 };
const ZOOM_KEYS = { "+": 0.5, "=": 0.5, "-": 2 };

export class Tracks {
  #player;
  #span;
  #segments = [];
  #waveform;
  #timeline;
  #ruler = element("div", { class: "ruler", "aria-hidden": "true" });
  #head = element("div", { class: "playhead" });
  #now = element("div", { class: "now", hidden: true });
  element;

  /** @param signal aborted when the recording is removed */
  constructor(player, span, signal) {
    this.#player = player;
    this.#span = span;
    this.#waveform = new Waveform(span);
    this.#timeline = new Timeline(span);
    this.element = element(
      "div",
      { class: "tracks", role: "slider", tabindex: "0", "aria-label": "Position in the recording", "aria-valuemin": "0" },
      this.#now,
      this.#waveform.element,
      this.#timeline.element,
      this.#ruler,
      this.#head,
    );
    player.addEventListener("time", () => this.#onTime());
    player.addEventListener("seek", () => span.follow(player.time));
    span.addEventListener("change", () => this.#draw());
    this.element.addEventListener("pointerdown", (event) => this.#onPress(event));
    this.element.addEventListener("pointermove", (event) => this.#onDrag(event));
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    this.element.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
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
    this.#span.duration = this.#player.duration;
    this.#waveform.setSegments(segments);
    this.#timeline.setData(segments, shifts);
    this.#draw();
  }

  #draw() {
    this.#timeline.draw();
    this.#waveform.isPlain = this.#timeline.isSmooth;
    this.#waveform.draw();
    if (this.#span.duration) drawRuler(this.#ruler, this.#span.from, this.#span.to);
    this.#onTime();
  }

  #onTime() {
    const { time, duration, isPlaying } = this.#player;
    if (isPlaying) this.#span.follow(time);
    const current = this.#segments.find((each) => each.start <= time && time < each.end);
    const place = this.#span.place(time);
    this.#head.hidden = place < 0 || place > 1;
    this.#head.style.left = `${place * 100}%`;
    this.#showNow(current);
    const spoken = current ? `, ${current.sentiment?.label ?? ""} ${current.text.trim()}` : "";
    this.element.setAttribute("aria-valuemax", duration.toFixed(1));
    this.element.setAttribute("aria-valuenow", time.toFixed(1));
    this.element.setAttribute("aria-valuetext", `${spokenTime(time)} of ${spokenTime(duration)}${spoken}`);
  }

  /** Marks the segment at the playhead, as far as it is shown. */
  #showNow(segment) {
    const [from, to] = segment ? [segment.start, segment.end].map((each) => Math.min(1, Math.max(0, this.#span.place(each)))) : [0, 0];
    this.#now.hidden = from === to;
    this.#now.style.left = `${from * 100}%`;
    this.#now.style.width = `${(to - from) * 100}%`;
  }

  #timeAt(event) {
    const box = this.element.getBoundingClientRect();
    return this.#span.timeAt(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
  }

  #onPress(event) {
    if (event.button !== 0) return;
    this.element.setPointerCapture(event.pointerId);
    this.#player.seek(this.#timeAt(event));
  }

  #onDrag(event) {
    if (this.element.hasPointerCapture(event.pointerId)) this.#player.seek(this.#timeAt(event));
  }

  /** With Ctrl the wheel zooms, as a pinch on a touchpad does; sideways it moves what is shown. */
  #onWheel(event) {
    if (event.ctrlKey) this.#span.zoom(2 ** (event.deltaY / 200), this.#timeAt(event));
    else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.#span.move((event.deltaX / this.element.clientWidth) * this.#span.seconds);
    else return;
    event.preventDefault();
  }

  #onKey(event) {
    const { time, duration } = this.#player;
    const ends = { Home: 0, End: duration };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in KEYS_S) this.#player.seek(time + KEYS_S[event.key] * (event.shiftKey ? 5 : 1));
    else if (event.key in ends) this.#player.seek(ends[event.key]);
    else if (event.key in ZOOM_KEYS) this.#span.zoom(ZOOM_KEYS[event.key], time);
    else if (event.key === " " || event.key === "Enter") this.#player.toggle();
    else return;
    event.preventDefault();
  }
}
