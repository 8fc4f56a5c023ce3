// The microphone as a source of frames of 0.1 s: 24 kHz, 16-bit mono.
import { Problem } from "./problems.js";

const INSTEAD = "Or stream a file instead.";
const REFUSALS = {
  NotAllowedError: `The microphone isn't allowed. Allow it for this page beside its address, then start again. ${INSTEAD}`,
  NotFoundError: `There is no microphone. Connect one and start again. ${INSTEAD}`,
  NotReadableError: `The microphone doesn't respond; another program may be using it. Close that program and start again. ${INSTEAD}`,
};
const INSECURE = `Browsers share a microphone only with pages on https or on localhost, and this page is on neither. Open it at such an address. ${INSTEAD}`;
const UNUSABLE = `The microphone can't be used in this browser. Try another one. ${INSTEAD}`;

export class Microphone {
  isFile = false;
  name = null;
  #context = null;
  #stream = null;
  #node = null;
  #awake = null;
  #onFrame = () => {};
  #onFlushed = () => {};

  /** Asks for permission; no audio yet. Must be called while a click is handled. */
  async open() {
    if (!navigator.mediaDevices?.getUserMedia || !window.AudioWorkletNode) throw new Problem(INSECURE);
    try {
      // At the device's own rate: Firefox connects a microphone to no other.
      this.#context = new AudioContext();
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
      await this.#context.audioWorklet.addModule("/static/live/capture-worklet.js");
    } catch (error) {
      await this.stop();
      throw new Problem(REFUSALS[error.name] ?? UNUSABLE);
    }
  }

  /** @param listener {onFrame(ArrayBuffer), onEnd(Problem)} */
  async start({ onFrame, onEnd }) {
    this.#onFrame = onFrame;
    this.#node = new AudioWorkletNode(this.#context, "capture", { channelCount: 1, channelCountMode: "explicit" });
    this.#node.port.onmessage = ({ data }) => (data ? this.#onFrame(data) : this.#onFlushed());
    const [track] = this.#stream.getAudioTracks();
    track.onended = () => onEnd(new Problem("The microphone was disconnected. Connect it again, then continue."));
    // To the speakers too, though silent: a node that leads nowhere isn't run.
    this.#context.createMediaStreamSource(this.#stream).connect(this.#node).connect(this.#context.destination);
    await this.#context.resume();
    await this.#stayAwake();
  }

  /** Lets go of the microphone once the last frame is out; can be opened again. */
  async stop() {
    if (this.#node) await this.#flush();
    this.#stream?.getTracks().forEach((track) => track.stop());
    await this.#context?.close();
    await this.#awake?.release();
    this.#node = this.#stream = this.#context = this.#awake = null;
  }

  #flush() {
    return new Promise((resolve) => {
      this.#onFlushed = resolve;
      // A context that the browser has suspended doesn't answer.
      setTimeout(resolve, 500);
      this.#node.port.postMessage("flush");
    });
  }

  /** A phone that locks its screen stops listening. */
  async #stayAwake() {
    try {
      this.#awake = await navigator.wakeLock?.request("screen");
    } catch {
      // Refused when the battery is low: then it locks.
    }
  }
}
