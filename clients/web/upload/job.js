// A recording and its transcription.
import { Cancelled, recognise } from "../shared/api.js";
import { withKey } from "../shared/key.js";
import { estimatedSeconds, secondsOf } from "./length.js";

// A request that is refused this often fails.
const MOST_TRIES = 20;
// Without the header Retry-After.
const USUAL_WAIT_S = 5;

const ACTIVE = new Set(["uploading", "recognising", "delayed"]);

/**
 * `state`: waiting, uploading, recognising, delayed by a busy server, done, failed or cancelled.
 * Events: "change" of a field, "segment" with one that was recognised.
 */
export class Job extends EventTarget {
  state = "waiting";
  loaded = 0;
  startedAt = 0;
  /** Seconds that recognition took; null for a live session. */
  took = null;
  /** Seconds of audio, estimated until `measured` resolves. */
  length;
  isMeasured = false;
  measured;
  /** `performance.now()` at which a delayed request is sent again. */
  retryAt = 0;
  segments = [];
  result = null;
  error = null;
  /** What is kept on the device: {id, hasSound}, or null. */
  kept = null;
  /** The id under which a part of the result is kept, which the result will replace. */
  partialId = null;
  #abort = new AbortController();
  #hurry = () => {};

  /** @param file empty where the sound wasn't kept */
  constructor(file, options) {
    super();
    this.file = file;
    this.options = options;
    this.length = estimatedSeconds(file);
    this.measured = file.size ? this.#measure() : Promise.resolve();
  }

  get isActive() {
    return ACTIVE.has(this.state);
  }

  get hasSound() {
    return this.file.size > 0;
  }

  get signal() {
    return this.#abort.signal;
  }

  /** Sets fields and dispatches "change". */
  update(fields) {
    Object.assign(this, fields);
    this.dispatchEvent(new Event("change"));
  }

  /** Adds a recognised segment and dispatches "segment". */
  addSegment(segment) {
    this.segments.push(segment);
    this.dispatchEvent(new CustomEvent("segment", { detail: segment }));
  }

  cancel() {
    this.#abort.abort();
    this.#hurry();
    if (!this.isActive) this.update({ state: "cancelled" });
  }

  /** Waits again for its place in the queue; what is kept of the result before stays kept. */
  again(options) {
    this.#abort = new AbortController();
    this.update({ state: "waiting", options, loaded: 0, segments: [], result: null, error: null, kept: null });
  }

  /** Sends a delayed request now. */
  hurry() {
    this.#hurry();
  }

  /** Uploads and transcribes; ends as done, failed or cancelled. */
  async run() {
    for (let tries = 1; ; tries += 1) {
      try {
        const result = await withKey(() => this.#ask());
        return this.update({ state: "done", result, took: (performance.now() - this.startedAt) / 1000 });
      } catch (error) {
        if (error instanceof Cancelled) return this.update({ state: "cancelled", error: null });
        if (!error.isTemporary || tries === MOST_TRIES) return this.update({ state: "failed", error });
        await this.#delay(error);
      }
    }
  }

  async #measure() {
    const seconds = await secondsOf(this.file);
    this.isMeasured = seconds !== null;
    this.length = seconds ?? this.length;
  }

  #ask() {
    if (this.signal.aborted) throw new Cancelled();
    this.update({ state: "uploading", loaded: 0, error: null });
    const listener = {
      onUpload: (loaded, total) => this.update({ loaded: loaded / total }),
      onUploaded: () => this.update({ state: "recognising", startedAt: performance.now() }),
      onSegment: (segment) => this.addSegment(segment),
    };
    return recognise(this.file, this.options, listener, this.signal);
  }

  /** Waits as long as the server asks for. */
  async #delay(error) {
    const wait = 1000 * (error.retryAfter ?? USUAL_WAIT_S);
    this.update({ state: "delayed", error, retryAt: performance.now() + wait });
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, wait);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#hurry = () => {};
  }
}
