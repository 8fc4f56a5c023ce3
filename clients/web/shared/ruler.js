// Time labels below the waveform.
import { element } from "./dom.js";
import { clock } from "./format.js";

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const LABEL_PX = 64;
// A label that begins closer to the end would be cut off.
const NARROWEST_PX = 36;

/** Fills `place` with labels at round times between two seconds, as many as fit into its width. */
export function drawRuler(place, from, to) {
  const seconds = to - from;
  const maxLabels = Math.max(1, place.clientWidth / LABEL_PX);
  const step = STEPS_S.find((each) => seconds / each <= maxLabels) ?? STEPS_S.at(-1);
  const marks = [];
  const last = to - (seconds * NARROWEST_PX) / place.clientWidth;
  for (let time = Math.ceil(from / step) * step; time < last; time += step) {
    const mark = element("span", {}, clock(time));
    mark.style.insetInlineStart = `${((time - from) / seconds) * 100}%`;
    marks.push(mark);
  }
  place.replaceChildren(...marks);
}
