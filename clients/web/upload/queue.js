// Queue of recordings: short ones first, and a much shorter one beside a long one.
import { ApiError } from "../shared/api.js";

// Recordings that are transcribed at the same time.
const MOST_RUNNING = 2;
// A second one may be this part of the first one's length.
const MUCH_SHORTER = 1 / 4;

export class Queue extends EventTarget {
  jobs = [];
  #running = new Set();
  #opened;
  #limits;

  /**
   * @param opened a promise; nothing is sent before it resolves, so that a key can be requested
   * @param limits {refusal(job)}: a sentence where the server wouldn't take a recording, or null
   */
  constructor(opened, limits) {
    super();
    this.#opened = opened;
    this.#limits = limits;
  }

  /** Whether something would be lost if the page were closed. */
  get isBusy() {
    return this.jobs.some((job) => job.isActive || job.state === "waiting");
  }

  add(job) {
    this.jobs.push(job);
    this.#changed();
  }

  remove(job) {
    job.cancel();
    this.jobs = this.jobs.filter((each) => each !== job);
    this.#changed();
  }

  /** Transcribes until no job is waiting. */
  async start() {
    await this.#opened;
    await Promise.all(this.#waiting.map((job) => job.measured));
    this.#waiting.forEach((job) => this.#refuse(job));
    for (let next = this.#next(); next; next = this.#next()) this.#run(next);
  }

  get #waiting() {
    return this.jobs.filter((job) => job.state === "waiting" && !this.#running.has(job));
  }

  /** Fails a job that is over the server's limits, without an upload. */
  #refuse(job) {
    const message = this.#limits.refusal(job);
    if (message) job.update({ state: "failed", error: new ApiError({ message, code: "audio_too_large" }) });
  }

  async #run(job) {
    this.#running.add(job);
    await job.run();
    this.#running.delete(job);
    this.start();
  }

  #next() {
    const [shortest] = this.#waiting.sort((one, other) => one.length - other.length);
    if (!shortest || this.#running.size === MOST_RUNNING) return null;
    const [running] = this.#running;
    return !running || shortest.length <= running.length * MUCH_SHORTER ? shortest : null;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

