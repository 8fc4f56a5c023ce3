// Audio for the server: resampled from the device's rate to 24 kHz, 16-bit mono, in frames of 0.1 s.
// One file, since not every browser lets a worklet import.

const RATE = 24_000;
const FRAME = RATE / 10;
const ZERO_CROSSINGS = 16;
// Passband as a share of half the lower rate; the rest is the transition band, against aliasing.
const PASSED = 0.85;

const divisor = (a, b) => (b ? divisor(b, a % b) : a);
const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
// Blackman window over -1..1.
const fade = (x) => (Math.abs(x) >= 1 ? 0 : 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x));

/** Taps of a low-pass filter for samples at 1 - half - shift, ..., half - shift; unit gain at 0 Hz. */
function lowPass(half, cutoff, shift) {
  const taps = Float32Array.from({ length: 2 * half }, (_, tap) => {
    const x = tap - half + 1 - shift;
    return sinc(cutoff * x) * fade(x / half);
  });
  const sum = taps.reduce((a, b) => a + b, 0);
  return taps.map((tap) => tap / sum);
}

/** Polyphase resampler: one filter for each fractional position of an output sample. */
class Resampler {
  #up;
  #down;
  #filters;
  #held = new Float32Array(0);
  #skip = 0;
  #phase = 0;

  constructor(from, to) {
    const shared = divisor(from, to);
    this.#up = to / shared;
    this.#down = from / shared;
    const cutoff = PASSED * Math.min(1, to / from);
    const half = Math.ceil(ZERO_CROSSINGS / cutoff);
    this.#filters = Array.from({ length: this.#up }, (_, phase) => lowPass(half, cutoff, phase / this.#up));
  }

  /** Calls `take` with each output sample that `block` completes. */
  feed(block, take) {
    const samples = new Float32Array(this.#held.length + block.length);
    samples.set(this.#held);
    samples.set(block, this.#held.length);
    const length = this.#filters[0].length;
    let at = this.#skip;
    while (at + length <= samples.length) {
      const filter = this.#filters[this.#phase];
      let sum = 0;
      for (let tap = 0; tap < length; tap += 1) sum += filter[tap] * samples[at + tap];
      take(sum);
      this.#phase += this.#down;
      at += Math.floor(this.#phase / this.#up);
      this.#phase %= this.#up;
    }
    const used = Math.min(at, samples.length);
    this.#held = samples.slice(used);
    this.#skip = at - used;
  }
}

/** Posts frames as ArrayBuffers; after any message, the last frame and then null. */
class Capture extends AudioWorkletProcessor {
  #resampler = new Resampler(Math.round(sampleRate), RATE);
  #frame = new Int16Array(FRAME);
  #filled = 0;
  #isOpen = true;

  constructor() {
    super();
    this.port.onmessage = () => {
      this.#isOpen = false;
      this.#post();
      this.port.postMessage(null);
    };
  }

  process([input]) {
    if (input.length && this.#isOpen) this.#resampler.feed(input[0], (sample) => this.#take(sample));
    return this.#isOpen;
  }

  #take(sample) {
    this.#frame[this.#filled++] = Math.round(Math.max(-1, Math.min(1, sample)) * 32767);
    if (this.#filled === FRAME) this.#post();
  }

  #post() {
    if (!this.#filled) return;
    const { buffer } = this.#frame.slice(0, this.#filled);
    this.#filled = 0;
    this.port.postMessage(buffer, [buffer]);
  }
}

registerProcessor("capture", Capture);
