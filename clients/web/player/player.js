// Playback of a recording; its clock is the position of everything else in the view.

const STEP_S = 5;

/**
 * Events: "time" when the position changes, "seek" when it was set, "state" when playing, muting or
 * playability changes. A recording that the browser can't play still has a position that can be set.
 */
export class Player extends EventTarget {
  isPlayable;
  #audio = new Audio();
  #url;
  #duration = 0;
  #silentTime = 0;
  #frame = 0;

  constructor(file) {
    super();
    this.isPlayable = file.size > 0;
    this.#url = URL.createObjectURL(file);
    this.#audio.preload = "metadata";
    if (this.isPlayable) this.#audio.src = this.#url;
    for (const name of ["play", "pause", "ended", "volumechange", "ratechange"]) {
      this.#audio.addEventListener(name, () => this.#changed());
    }
    this.#audio.addEventListener("seeked", () => this.#tick());
    this.#audio.addEventListener("loadedmetadata", () => this.#learn(this.#audio.duration));
    this.#audio.addEventListener("error", () => {
      this.isPlayable = false;
      this.#changed();
    });
  }

  get time() {
    return this.isPlayable ? this.#audio.currentTime : this.#silentTime;
  }

  get isPlaying() {
    return !this.#audio.paused && !this.#audio.ended;
  }

  get duration() {
    return this.#duration;
  }

  /** The server's duration; it replaces the browser's estimate. */
  set duration(seconds) {
    this.#duration = seconds;
    this.#tick();
  }

  get rate() {
    return this.#audio.playbackRate;
  }

  set rate(rate) {
    this.#audio.playbackRate = rate;
  }

  get isMuted() {
    return this.#audio.muted;
  }

  set isMuted(muted) {
    this.#audio.muted = muted;
  }

  async toggle() {
    if (this.isPlaying) return this.#audio.pause();
    try {
      await this.#audio.play();
    } catch {
      // The "error" event has the reason, or `pause` came first.
    }
  }

  pause() {
    this.#audio.pause();
  }

  seek(seconds) {
    const time = Math.min(Math.max(0, seconds), this.#duration || 0);
    this.#silentTime = time;
    if (this.isPlayable) this.#audio.currentTime = time;
    this.#tick();
    this.dispatchEvent(new Event("seek"));
  }

  skip(steps) {
    this.seek(this.time + steps * STEP_S);
  }

  close() {
    this.pause();
    cancelAnimationFrame(this.#frame);
    URL.revokeObjectURL(this.#url);
  }

  #learn(seconds) {
    if (!this.#duration && Number.isFinite(seconds)) this.duration = seconds;
  }

  #changed() {
    this.dispatchEvent(new Event("state"));
    cancelAnimationFrame(this.#frame);
    this.#follow();
  }

  #follow() {
    this.#tick();
    // Every frame while playing: "timeupdate" is too rare to follow words.
    if (this.isPlaying) this.#frame = requestAnimationFrame(() => this.#follow());
  }

  #tick() {
    this.dispatchEvent(new Event("time"));
  }
}
