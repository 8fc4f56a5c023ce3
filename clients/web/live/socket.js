// A connection to WS /v1/realtime.
import { currentKey } from "../shared/key.js";
import { ending, NOT_OPENED, Problem } from "./problems.js";

const PATH = "/v1/realtime?intent=transcription";
const LAST_COMMIT = "last-commit";

function protocols() {
  const key = currentKey();
  return key ? ["realtime", `openai-insecure-api-key.${key}`] : [];
}

export class LiveSocket {
  #socket;
  #updates = 0;
  #listener;

  /** @param listener {onEvent(event), onLost(Problem)} */
  constructor(listener) {
    this.#listener = listener;
  }

  /** Resolves once audio can be sent. */
  open(language) {
    const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${PATH}`;
    return new Promise((resolve, reject) => {
      this.#socket = new WebSocket(address, protocols());
      this.#socket.onmessage = ({ data }) => this.#read(JSON.parse(data));
      this.#socket.onclose = () => reject(new Problem(NOT_OPENED));
      this.#socket.onopen = () => {
        this.#socket.onclose = (event) => this.#listener.onLost(ending(event));
        const transcription = { model: "auto", language: language || null };
        this.#update({ audio: { input: { transcription } } });
        resolve();
      };
    });
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Whether the server has read everything that was sent. */
  get isFlushed() {
    return this.#updates === 0;
  }

  send(frame) {
    if (this.isOpen) this.#socket.send(frame);
  }

  /** Ends the current turn; the server answers the update after reading everything before it. */
  flush() {
    if (!this.isOpen) return;
    this.#sendEvent({ type: "input_audio_buffer.commit", event_id: LAST_COMMIT });
    this.#update({});
  }

  close() {
    if (!this.#socket) return;
    this.#socket.onclose = null;
    this.#socket.close(1000);
  }

  #sendEvent(event) {
    this.#socket.send(JSON.stringify(event));
  }

  #update(session) {
    this.#updates += 1;
    this.#sendEvent({ type: "session.update", session });
  }

  #read(event) {
    if (event.type === "session.updated") this.#updates -= 1;
    // The commit is refused when there was no speech since the last turn.
    const isExpected = event.type === "error" && event.error.event_id === LAST_COMMIT;
    if (!isExpected) this.#listener.onEvent(event);
    else this.#listener.onEvent({ type: "nothing" });
  }
}
