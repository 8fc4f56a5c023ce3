// Time labels below the waveform.
import { element } from "./dom.js";
import { clock } from "./format.js";

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const LABEL_PX = 64;
// A label that begins closer to the end would be cut off.
const NARROWEST_PX = 36;

/** Fills `place` with labels at round times, as many as fit into its width. */
export function drawRuler(place, duration) {
  const maxLabels = Math.max(1, place.clientWidth / LABEL_PX);
  const step = STEPS_S.find((each) => duration / each <= maxLabels) ?? STEPS_S.at(-1);
  const marks = [];
  const last = duration * (1 - NARROWEST_PX / place.clientWidth);
  for (let time = 0; time < last; time += step) {
    const mark = element("span", {}, clock(time));
    mark.style.insetInlineStart = `${(time / duration) * 100}%`;
    marks.push(mark);
  }
  place.replaceChildren(...marks);
}
