// Waveform of a recording, decoded in the browser and coloured by the sentiment of each segment.
import { element } from "../shared/dom.js";

// 8 kHz is the lowest rate every browser decodes at; an hour then takes 115 MB instead of 635.
const DECODE_RATE = 8000;
const DECODE_LIMIT_BYTES = 200e6;
// Peaks of a file: enough for a screen's width, and for zooming into a long one.
const FEWEST_BUCKETS = 3000;
const BUCKETS_PER_S = 20;
const BAR_PX = 3;
const GAP_PX = 1.5;

/** Peaks over all channels in buckets of the same length, in 0..1. */
function peaksOf(channels) {
  const { length } = channels[0];
  const size = Math.max(1, Math.ceil(length / Math.max(FEWEST_BUCKETS, (BUCKETS_PER_S * length) / DECODE_RATE)));
  const peaks = new Float32Array(Math.ceil(length / size));
  for (const samples of channels) {
    for (let at = 0; at < length; at += 1) {
      const level = Math.abs(samples[at]);
      const bucket = Math.floor(at / size);
      if (level > peaks[bucket]) peaks[bucket] = level;
    }
  }
  const top = peaks.reduce((a, b) => Math.max(a, b), 1e-4);
  // Loudness is perceived by ratio: a square root makes quiet speech visible.
  return peaks.map((peak) => Math.sqrt(peak / top));
}

/** {peaks in 0..1, seconds}, or null when this browser can't decode the file. */
export async function decode(file) {
  if (file.size > DECODE_LIMIT_BYTES) return null;
  try {
    const context = new OfflineAudioContext(1, 1, DECODE_RATE);
    const audio = await context.decodeAudioData(await file.arrayBuffer());
    const channels = Array.from({ length: audio.numberOfChannels }, (_, place) => audio.getChannelData(place));
    return { peaks: peaksOf(channels), seconds: audio.duration };
  } catch {
    return null;
  }
}

export class Waveform {
  element = element("canvas", { class: "waveform", "aria-hidden": "true" });
  #peaks = null;
  #seconds = 0;
  #span;
  #segments = [];
  /** Whether the colours leave out the sentiment: bars that each cover several segments. */
  isPlain = false;

  constructor(span) {
    this.#span = span;
  }

  /** @param peaks null for a recording that can't be decoded: a plain band is drawn */
  setPeaks(peaks, seconds = 0) {
    this.#peaks = peaks;
    this.#seconds = seconds;
    this.element.classList.toggle("plain", peaks === null);
    this.draw();
  }

  setSegments(segments) {
    this.#segments = segments;
    this.draw();
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width || !height) return;
    const density = devicePixelRatio || 1;
    this.element.width = Math.round(width * density);
    this.element.height = Math.round(height * density);
    const pen = this.element.getContext("2d");
    pen.scale(density, density);
    const bars = Math.floor(width / (BAR_PX + GAP_PX));
    const colours = this.#colours();
    const label = this.#labeller();
    for (let bar = 0; bar < bars; bar += 1) {
      const [from, middle, to] = [bar, bar + 0.5, bar + 1].map((each) => this.#span.timeAt(each / bars));
      const tall = Math.max(2, this.#level(from, to) * (height - 4));
      const name = label(middle);
      pen.fillStyle = colours[name];
      pen.beginPath();
      pen.roundRect(bar * (BAR_PX + GAP_PX), (height - tall) / 2, BAR_PX, tall, BAR_PX / 2);
      // Uncertain speech is an outline.
      if (name === "uncertain") {
        pen.strokeStyle = colours[name];
        pen.stroke();
      } else pen.fill();
    }
  }

  /** The highest peak between two times; 0 after the end of what was recorded of a session. */
  #level(from, to) {
    if (!this.#peaks) return this.element.classList.contains("plain") ? 1 : 0;
    const perSecond = this.#peaks.length / (this.#seconds || 1);
    const first = Math.floor(from * perSecond);
    const last = Math.max(first + 1, Math.floor(to * perSecond));
    return this.#peaks.subarray(first, last).reduce((a, b) => Math.max(a, b), 0);
  }

  #colours() {
    const style = getComputedStyle(this.element);
    const names = ["negative", "neutral", "positive", "mixed", "uncertain", "speech", "silence"];
    return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--wave-${name}`)]));
  }

  /** A function of a time to a segment's label; called from left to right. */
  #labeller() {
    const segments = this.#segments;
    let next = 0;
    return (time) => {
      while (next < segments.length && segments[next].end < time) next += 1;
      const segment = segments[next];
      if (!segment || segment.start > time) return "silence";
      return this.isPlain ? "speech" : (segment.sentiment?.label ?? "speech");
    };
  }
}
