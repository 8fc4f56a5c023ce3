// Queue of recordings, which are transcribed one after another.
import { Cancelled, recognise } from "../shared/api.js";
import { withKey } from "../shared/key.js";

/** A recording and its transcription. `state`: waiting, uploading, recognising, done, failed or cancelled. */
export class Job extends EventTarget {
  state = "waiting";
  loaded = 0;
  startedAt = 0;
  finishedAt = 0;
  segments = [];
  result = null;
  error = null;
  #abort = new AbortController();

  constructor(file, options) {
    super();
    this.file = file;
    this.options = options;
  }

  get isActive() {
    return this.state === "uploading" || this.state === "recognising";
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
    if (!this.isActive) this.update({ state: "cancelled" });
  }

  again(options) {
    this.#abort = new AbortController();
    this.update({ state: "waiting", options, loaded: 0, segments: [], result: null, error: null });
  }
}

async function run(job) {
  const listener = {
    onUpload: (loaded, total) => job.update({ loaded: loaded / total }),
    onUploaded: () => job.update({ state: "recognising", startedAt: performance.now() }),
    onSegment: (segment) => job.addSegment(segment),
  };
  const ask = () => {
    job.update({ state: "uploading", loaded: 0 });
    return recognise(job.file, job.options, listener, job.signal);
  };
  try {
    const result = await withKey(ask);
    job.update({ state: "done", result, finishedAt: performance.now() });
  } catch (error) {
    job.update(error instanceof Cancelled ? { state: "cancelled" } : { state: "failed", error });
  }
}

export class Queue extends EventTarget {
  jobs = [];
  #isRunning = false;
  #opened;

  /** @param opened a promise; nothing is sent before it resolves, so that a key can be requested */
  constructor(opened) {
    super();
    this.#opened = opened;
  }

  add(file, options) {
    const job = new Job(file, options);
    this.jobs.push(job);
    this.#changed();
    return job;
  }

  remove(job) {
    job.cancel();
    this.jobs = this.jobs.filter((each) => each !== job);
    this.#changed();
  }

  /** Transcribes until no job is waiting. */
  async start() {
    if (this.#isRunning) return;
    this.#isRunning = true;
    await this.#opened;
    for (let next = this.#next(); next; next = this.#next()) await run(next);
    this.#isRunning = false;
  }

  #next() {
    return this.jobs.find((job) => job.state === "waiting");
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
