// Controls of the player.
import { element, icon } from "../shared/dom.js";
import { clock } from "../shared/format.js";
import { LABELS, shiftSign, sign } from "../shared/sentiment.js";

const UNPLAYABLE = "This browser can't play the recording. The times below are still correct.";
const NO_SOUND = "The sound of this recording wasn't kept; the text and its times were.";

// All of a shorter recording is readable.
const ZOOM_FROM_S = 60;

const RATES = [0.75, 1, 1.25, 1.5, 2];

function button(name, label, onclick, look = "icon-button") {
  return element("button", { type: "button", class: look, "aria-label": label, onclick }, icon(name));
}

function zoomButtons(player, span) {
  const zoomOut = button("zoomOut", "Zoom out", () => span.zoom(2, player.time));
  const zoomIn = button("zoomIn", "Zoom in", () => span.zoom(0.5, player.time));
  const group = element("div", { class: "zoom", role: "group", "aria-label": "Timeline" }, zoomOut, zoomIn);
  const show = () => {
    zoomOut.disabled = span.isWhole;
    zoomIn.disabled = span.isClosest;
    group.hidden = span.duration < ZOOM_FROM_S;
  };
  span.addEventListener("change", show);
  show();
  return group;
}

/** @param hasSound whether there is a recording to play */
export function controls(player, span, hasSound) {
  const play = button("play", "Play", () => player.toggle(), "play-button");
  const sound = button("sound", "Mute", () => (player.isMuted = !player.isMuted));
  const time = element("span", { class: "time-now" });
  const rate = element(
    "select",
    { "aria-label": "Speed", onchange: () => (player.rate = Number(rate.value)) },
    RATES.map((each) => element("option", { value: each, selected: each === 1 }, `${each}×`)),
  );
  const unplayable = element("p", { class: "quiet", hidden: true }, hasSound ? UNPLAYABLE : NO_SOUND);
  const group = element(
    "div",
    { class: "controls-row", role: "group", "aria-label": "Player" },
    play,
    button("back", "Back 5 seconds", () => player.skip(-1)),
    button("forward", "Forward 5 seconds", () => player.skip(1)),
    time,
    element("span", { class: "spacer" }),
    element("span", { class: "legend" }, LABELS.map((label) => element("span", {}, sign(label), label)), element("span", {}, shiftSign(), "shift of sentiment")),
    zoomButtons(player, span),
    rate,
    sound,
  );

  const onState = () => {
    play.replaceChildren(icon(player.isPlaying ? "pause" : "play"));
    play.setAttribute("aria-label", player.isPlaying ? "Pause" : "Play");
    sound.replaceChildren(icon(player.isMuted ? "muted" : "sound"));
    sound.setAttribute("aria-label", player.isMuted ? "Unmute" : "Mute");
    play.hidden = rate.hidden = sound.hidden = !player.isPlayable;
    unplayable.hidden = player.isPlayable;
  };
  const onTime = () => (time.textContent = `${clock(player.time)} / ${clock(player.duration)}`);
  player.addEventListener("state", onState);
  player.addEventListener("time", onTime);
  onState();
  onTime();
  return element("div", { class: "controls" }, group, unplayable);
}
