// A file as a source of frames in real time, in place of a microphone.
import { Problem } from "./problems.js";
import { RATE } from "./recording.js";

const FRAME = RATE / 10;
const LIMIT_BYTES = 200e6;
const UNREADABLE = "This browser can't decode the file, so it can't be streamed. The File page takes more formats.";
const TOO_LARGE = "The file is too large to be streamed from a browser. The File page takes larger ones.";

function toPcm(audio) {
  const channels = Array.from({ length: audio.numberOfChannels }, (_, place) => audio.getChannelData(place));
  return Int16Array.from(channels[0], (_, at) => {
    const mean = channels.reduce((sum, channel) => sum + channel[at], 0) / channels.length;
    return Math.round(Math.max(-1, Math.min(1, mean)) * 32767);
  });
}

export class FileStream {
  isFile = true;
  #file;
  #pcm = null;
  #at = 0;
  #timer = 0;
  #listener;
  #audio;
  #url;

  constructor(file) {
    this.#file = file;
    this.#url = URL.createObjectURL(file);
    this.#audio = new Audio(this.#url);
    this.#audio.muted = true;
  }

  get name() {
    return this.#file.name;
  }

  get isAudible() {
    return !this.#audio.muted;
  }

  set isAudible(isAudible) {
    this.#audio.muted = !isAudible;
  }

  async open() {
    if (this.#pcm) return;
    if (this.#file.size > LIMIT_BYTES) throw new Problem(TOO_LARGE);
    try {
      // The context resamples to its rate while it decodes.
      const context = new OfflineAudioContext(1, 1, RATE);
      this.#pcm = toPcm(await context.decodeAudioData(await this.#file.arrayBuffer()));
    } catch {
      throw new Problem(UNREADABLE);
    }
  }

  /** @param listener {onFrame(ArrayBuffer), onEnd(Problem or null)} */
  async start(listener) {
    this.#listener = listener;
    const begin = performance.now() - (this.#at / RATE) * 1000;
    this.#audio.currentTime = this.#at / RATE;
    this.#audio.play().catch(() => {
      // A file that can't be played can still be streamed.
    });
    // By the clock, not by counting: timers are late, especially in a hidden tab.
    this.#timer = setInterval(() => this.#send(((performance.now() - begin) / 1000) * RATE), 100);
  }

  async stop() {
    clearInterval(this.#timer);
    this.#audio.pause();
  }

  close() {
    URL.revokeObjectURL(this.#url);
  }

  #send(due) {
    while (this.#at < this.#pcm.length && this.#at + FRAME <= due) {
      const { buffer } = this.#pcm.slice(this.#at, this.#at + FRAME);
      this.#at = Math.min(this.#at + FRAME, this.#pcm.length);
      this.#listener.onFrame(buffer);
    }
    if (this.#at < this.#pcm.length) return;
    clearInterval(this.#timer);
    this.#listener.onEnd(null);
  }
}
