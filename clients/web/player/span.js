// The part of a recording's time that the tracks show: all of it, or a part after zooming in.

// Zooming in ends here.
const SHORTEST_S = 15;

/** `from` and `to` in seconds. Dispatches "change". */
export class Span extends EventTarget {
  from = 0;
  to = 0;
  #duration = 0;

  get duration() {
    return this.#duration;
  }

  /** Sets the length of the recording; shows all of it if it changed. */
  set duration(seconds) {
    if (seconds === this.#duration) return;
    this.#duration = seconds;
    this.#show(0, seconds);
  }

  get seconds() {
    return this.to - this.from;
  }

  get isWhole() {
    return this.seconds >= this.#duration;
  }

  get isClosest() {
    return this.seconds <= SHORTEST_S;
  }

  /** The place of a time between 0 and 1, from left to right; beyond that it isn't shown. */
  place(time) {
    return this.seconds ? (time - this.from) / this.seconds : 0;
  }

  timeAt(place) {
    return this.from + place * this.seconds;
  }

  /** Shows `factor` times as much around `time`, which keeps its place if it is shown. */
  zoom(factor, time) {
    const wanted = Math.min(this.#duration, Math.max(SHORTEST_S, this.seconds * factor));
    const place = this.place(time);
    const anchor = place >= 0 && place <= 1 ? place : 0.5;
    this.#show(time - anchor * wanted, wanted);
  }

  /** Moves by seconds. */
  move(seconds) {
    this.#show(this.from + seconds, this.seconds);
  }

  /** Moves on if `time` isn't shown. */
  follow(time) {
    if (time < this.from || time > this.to) this.#show(time - 0.1 * this.seconds, this.seconds);
  }

  #show(from, seconds) {
    const start = Math.max(0, Math.min(from, this.#duration - seconds));
    if (start === this.from && start + seconds === this.to) return;
    this.from = start;
    this.to = start + seconds;
    this.dispatchEvent(new Event("change"));
  }
}
