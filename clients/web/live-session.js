// Somebody speaks: a source of frames, the connection they go over, and what comes back.
import { ApiError, languages as fetchLanguages } from "./api.js";
import { withKey } from "./key.js";
import { Problem } from "./live-problems.js";
import { LiveSocket } from "./live-socket.js";
import { Turns } from "./live-turns.js";
import { Recording } from "./recording.js";

// A family that sleeps takes seconds to wake.
const PATIENCE_MS = 30_000;
const UNEXPECTED = "Something went wrong in the page. Try again.";

/**
 * `state`: idle, starting, listening, finishing, paused, lost or done; paused and lost go on with
 * `start`. Events: "state", "turn" with a turn, "frame" with an ArrayBuffer.
 */
export class LiveSession extends EventTarget {
  state = "idle";
  problem = null;
  turns = new Turns();
  recording = new Recording();
  #socket = null;
  /** Seconds that had been sent before this connection. */
  #offset = 0;
  #onNews = () => {};

  constructor(source) {
    super();
    this.source = source;
  }

  async start(language) {
    this.#be("starting");
    try {
      await this.source.open();
      if (this.state === "starting") await this.#connect(language);
      if (this.state !== "starting") return await this.#release();
      await this.source.start({ onFrame: (frame) => this.#send(frame), onEnd: (problem) => this.#onEnd(problem) });
      // The connection may have been lost, or Stop pressed, in the meantime.
      if (this.state !== "starting") return await this.#release();
      this.#be("listening");
    } catch (error) {
      await this.#release();
      this.#break(error instanceof Problem || error instanceof ApiError ? error : new Problem(UNEXPECTED));
    }
  }

  async pause() {
    if (await this.#finish()) this.#be("paused", this.problem);
  }

  async stop() {
    if (this.state === "starting") return this.#be(this.recording.seconds ? "paused" : "idle");
    if (this.state === "listening") await this.#finish();
    this.source.close?.();
    this.#be("done", this.problem);
  }

  /** How far the words are behind the voice, in seconds; 0 when nothing is waited for. */
  get lag() {
    const [waiting] = this.turns.open;
    if (!waiting) return 0;
    const quiet = this.recording.seconds - waiting.end;
    // Between two events it isn't news that audio goes on, unless they stay away.
    return quiet > 3 ? quiet : waiting.lag;
  }

  async #connect(language) {
    // Asks for a key where one is needed: a refused WebSocket doesn't say why.
    await withKey(fetchLanguages);
    this.#offset = this.recording.seconds;
    this.#socket = new LiveSocket({ onEvent: (event) => this.#read(event), onLost: (problem) => this.#onLost(problem) });
    await this.#socket.open(language);
  }

  #send(frame) {
    if (!this.#socket?.isOpen) return;
    this.#socket.send(frame);
    this.recording.add(frame);
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }

  #read(event) {
    const turn = this.turns.read(event, this.#offset);
    if (turn) this.#tell(turn);
    if (event.type === "error") this.#be(this.state, new Problem(event.error.message));
    this.#onNews();
  }

  #tell(turn) {
    this.dispatchEvent(new CustomEvent("turn", { detail: turn }));
  }

  async #onLost(problem) {
    this.turns.cut().forEach((turn) => this.#tell(turn));
    if (this.state === "finishing") {
      this.problem = problem;
      return this.#onNews();
    }
    await this.#release();
    this.#break(problem);
  }

  /** The file is over, or the microphone has gone. */
  async #onEnd(problem) {
    if (!problem) return this.stop();
    await this.pause();
    this.#be("lost", problem);
  }

  /** Waits for what is still to come; false when there was nothing to end. */
  async #finish() {
    if (this.state !== "listening") return false;
    this.#be("finishing");
    await this.source.stop();
    this.#socket.flush();
    await this.#settled();
    this.turns.cut().forEach((turn) => this.#tell(turn));
    this.#socket.close();
    return true;
  }

  #settled() {
    return new Promise((resolve) => {
      this.#onNews = () => {
        const isSettled = this.#socket.isFlushed && !this.turns.open.length;
        if (isSettled || !this.#socket.isOpen) resolve();
      };
      setTimeout(resolve, PATIENCE_MS);
      this.#onNews();
    });
  }

  async #release() {
    await this.source.stop();
    this.#socket?.close();
  }

  /** With nothing said there is nothing to go on with. */
  #break(problem) {
    this.#be(this.recording.seconds ? "lost" : "idle", problem);
  }

  #be(state, problem = null) {
    this.state = state;
    this.problem = problem;
    this.dispatchEvent(new Event("state"));
  }
}
