// Times under the waveform.
import { element } from "./dom.js";
import { clock } from "./format.js";

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const LABEL_PX = 64;
// A label begun nearer to the end would be cut.
const NARROWEST_PX = 36;

/** Fills `place` with as many round times as its width has room for. */
export function drawRuler(place, duration) {
  const room = Math.max(1, place.clientWidth / LABEL_PX);
  const step = STEPS_S.find((each) => duration / each <= room) ?? STEPS_S.at(-1);
  const marks = [];
  const last = duration * (1 - NARROWEST_PX / place.clientWidth);
  for (let time = 0; time < last; time += step) {
    const mark = element("span", {}, clock(time));
    mark.style.insetInlineStart = `${(time / duration) * 100}%`;
    marks.push(mark);
  }
  place.replaceChildren(...marks);
}
