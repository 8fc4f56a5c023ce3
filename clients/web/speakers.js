// Who speaks, where channels are speakers.
import { element } from "./dom.js";
import { clock, signed, spokenTime } from "./format.js";
import { sign } from "./sentiment.js";

/** A letter in a circle; a faint one is read aloud only, where the same speaker goes on. */
export function speakerBadge(name, { isFaint = false } = {}) {
  const spoken = element("span", { class: "visually-hidden" }, "Speaker ");
  return element("span", { class: `speaker ${isFaint ? "faint" : ""}` }, spoken, name);
}

/** A line a speaker: how long they speak, and how it feels. */
export function speakerList(speakers) {
  const line = ({ speaker, seconds, sentiment }) =>
    element(
      "li",
      {},
      speakerBadge(speaker),
      element("span", { class: "speaker-time", "aria-label": spokenTime(seconds) }, clock(seconds)),
      sentiment ? element("span", { class: "speaker-mood" }, sign(sentiment.label), element("span", {}, sentiment.label)) : null,
      sentiment ? element("span", { class: "mood-score" }, signed(sentiment.score)) : null,
    );
  return element("ul", { class: "speakers" }, speakers.map(line));
}

/** Where a speaker's channel carried the voices of others, in a sentence. */
export function crosstalkNote(suppressed) {
  const places = suppressed.filter(({ reason }) => reason === "crosstalk");
  const names = [...new Set(places.map(({ speaker }) => speaker))].sort();
  if (!names.length) return null;
  const channels = names.length === 1 ? `the channel of ${names[0]}` : `the channels of ${names.join(" and ")}`;
  const times = places.length === 1 ? "once" : `${places.length} times`;
  return element("p", { class: "quiet" }, `On ${channels} somebody else was heard ${times}; their words are in the transcript once.`);
}
