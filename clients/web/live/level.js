// Level meter: the last seconds as bars, or one bar with reduced motion.
import { element } from "../shared/dom.js";
import { onThemeChange } from "../shared/theme.js";

const BAR_PX = 3;
const STEP_PX = 4.5;
// A level below this is the microphone's own noise.
const SILENT = 0.004;
const SILENT_FRAMES = 60;

const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

function loudness(frame) {
  const samples = new Int16Array(frame);
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return Math.sqrt(power) / 32768;
}

/** Bar height in 0..1 on a logarithmic scale, from -54 dB to -6 dB. */
const height = (level) => Math.min(1, Math.max(0, (20 * Math.log10(level + 1e-6) + 54) / 48));

export class Level {
  element = element("canvas", { class: "level", "aria-hidden": "true" });
  #heights = [];
  #frames = 0;
  #hasSound = false;

  constructor(signal) {
    onThemeChange(() => this.#draw(), signal);
  }

  /** Whether the first seconds had no sound at all. */
  get isSilent() {
    return !this.#hasSound && this.#frames >= SILENT_FRAMES;
  }

  /** Adds the level of a frame of 16-bit samples. */
  add(frame) {
    const level = loudness(frame);
    this.#frames += 1;
    this.#hasSound ||= level >= SILENT;
    this.#heights.push(height(level));
    this.#draw();
  }

  reset() {
    this.#heights = [];
    this.#frames = 0;
    this.#hasSound = false;
    this.#draw();
  }

  #draw() {
    const { clientWidth: width, clientHeight: tall } = this.element;
    if (!width || !tall) return;
    const density = devicePixelRatio || 1;
    this.element.width = Math.round(width * density);
    this.element.height = Math.round(tall * density);
    const pen = this.element.getContext("2d");
    pen.scale(density, density);
    const style = getComputedStyle(this.element);
    const [loud, quiet] = ["speech", "silence"].map((name) => style.getPropertyValue(`--wave-${name}`));
    if (reducedMotion.matches) return this.#drawStill(pen, width, tall, loud, quiet);
    const bars = Math.floor(width / STEP_PX);
    this.#heights.splice(0, this.#heights.length - bars);
    for (let bar = 0; bar < bars; bar += 1) {
      const part = this.#heights[this.#heights.length - bars + bar] ?? 0;
      const size = Math.max(BAR_PX, part * tall);
      pen.fillStyle = part > 0.1 ? loud : quiet;
      pen.beginPath();
      pen.roundRect(bar * STEP_PX, (tall - size) / 2, BAR_PX, size, BAR_PX / 2);
      pen.fill();
    }
  }

  #drawStill(pen, width, tall, loud, quiet) {
    const part = this.#heights.at(-1) ?? 0;
    for (const [colour, share] of [[quiet, 1], [loud, part]]) {
      pen.fillStyle = colour;
      pen.fillRect(0, tall / 2 - 3, width * share, 6);
    }
  }
}
