// A live session: a source of frames, the connection to the server, and the turns received.
import { ApiError, languages as fetchLanguages } from "../shared/api.js";
import { withKey } from "../shared/key.js";
import { Problem } from "./problems.js";
import { LiveSocket } from "./socket.js";
import { Turns } from "./turns.js";
import { Recording } from "./recording.js";

// A deployment that was scaled to zero takes seconds to start.
const FINISH_TIMEOUT_MS = 30_000;
const UNEXPECTED = "Something went wrong in the page. Try again.";

/**
 * `state`: idle, starting, listening, finishing, paused, lost or done; paused and lost continue with
 * `start`. Events: "state", "turn" with a turn, "frame" with an ArrayBuffer.
 */
export class LiveSession extends EventTarget {
  state = "idle";
  problem = null;
  turns = new Turns();
  recording = new Recording();
  #socket = null;
  /** Seconds of audio sent before this connection. */
  #offset = 0;
  #onProgress = () => {};

  constructor(source) {
    super();
    this.source = source;
  }

  async start(language) {
    this.#setState("starting");
    try {
      await this.source.open();
      if (this.state === "starting") await this.#connect(language);
      if (this.state !== "starting") return await this.#release();
      await this.source.start({ onFrame: (frame) => this.#send(frame), onEnd: (problem) => this.#onEnd(problem) });
      // The connection may have been lost, or Stop pressed, in the meantime.
      if (this.state !== "starting") return await this.#release();
      this.#setState("listening");
    } catch (error) {
      await this.#release();
      this.#fail(error instanceof Problem || error instanceof ApiError ? error : new Problem(UNEXPECTED));
    }
  }

  async pause() {
    if (await this.#finish()) this.#setState("paused", this.problem);
  }

  async stop() {
    if (this.state === "starting") return this.#setState(this.recording.seconds ? "paused" : "idle");
    if (this.state === "listening") await this.#finish();
    this.source.close?.();
    this.#setState("done", this.problem);
  }

  /** Seconds by which the text is behind the audio; 0 without an open turn. */
  get lag() {
    const [waiting] = this.turns.open;
    if (!waiting) return 0;
    const quiet = this.recording.seconds - waiting.end;
    // The lag of the last event holds until events stay away for 3 s.
    return quiet > 3 ? quiet : waiting.lag;
  }

  async #connect(language) {
    // Requests the key by HTTP: a refused WebSocket gives no reason.
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
    if (turn) this.#dispatchTurn(turn);
    if (event.type === "error") this.#setState(this.state, new Problem(event.error.message));
    this.#onProgress();
  }

  #dispatchTurn(turn) {
    this.dispatchEvent(new CustomEvent("turn", { detail: turn }));
  }

  async #onLost(problem) {
    this.turns.cut().forEach((turn) => this.#dispatchTurn(turn));
    if (this.state === "finishing") {
      this.problem = problem;
      return this.#onProgress();
    }
    await this.#release();
    this.#fail(problem);
  }

  /** The file has ended, or the microphone was disconnected. */
  async #onEnd(problem) {
    if (!problem) return this.stop();
    await this.pause();
    this.#setState("lost", problem);
  }

  /** Ends the turn and waits for its final text; false when the session wasn't open. */
  async #finish() {
    if (this.state !== "listening") return false;
    this.#setState("finishing");
    await this.source.stop();
    this.#socket.flush();
    await this.#completed();
    this.turns.cut().forEach((turn) => this.#dispatchTurn(turn));
    this.#socket.close();
    return true;
  }

  #completed() {
    return new Promise((resolve) => {
      this.#onProgress = () => {
        const isCompleted = this.#socket.isFlushed && !this.turns.open.length;
        if (isCompleted || !this.#socket.isOpen) resolve();
      };
      setTimeout(resolve, FINISH_TIMEOUT_MS);
      this.#onProgress();
    });
  }

  async #release() {
    await this.source.stop();
    this.#socket?.close();
  }

  /** Ends with an error; a session without audio can't be continued. */
  #fail(problem) {
    this.#setState(this.recording.seconds ? "lost" : "idle", problem);
  }

  #setState(state, problem = null) {
    this.state = state;
    this.problem = problem;
    this.dispatchEvent(new Event("state"));
  }
}
