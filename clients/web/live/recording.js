// The audio sent in a session, kept for playback.

export const RATE = 24_000;
const SAMPLE_BYTES = 2;
// The first hour, 173 MB; transcription goes on after it.
const KEPT_BYTES = 3600 * RATE * SAMPLE_BYTES;

function header(bytes) {
  const view = new DataView(new ArrayBuffer(44));
  const text = (at, word) => [...word].forEach((letter, place) => view.setUint8(at + place, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + bytes, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * SAMPLE_BYTES, true);
  view.setUint16(32, SAMPLE_BYTES, true);
  view.setUint16(34, 8 * SAMPLE_BYTES, true);
  text(36, "data");
  view.setUint32(40, bytes, true);
  return view;
}

export class Recording {
  #frames = [];
  #kept = 0;
  #sent = 0;

  add(frame) {
    this.#sent += frame.byteLength;
    if (this.#sent > KEPT_BYTES) return;
    this.#frames.push(frame);
    this.#kept += frame.byteLength;
  }

  /** Seconds of audio sent. */
  get seconds() {
    return this.#sent / SAMPLE_BYTES / RATE;
  }

  get isComplete() {
    return this.#kept === this.#sent;
  }

  /** The kept audio as a WAV file. */
  file(name) {
    return new File([header(this.#kept), ...this.#frames], name, { type: "audio/wav" });
  }
}
