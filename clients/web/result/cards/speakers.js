// Speakers of a recording whose channels were split.
import { element } from "../../shared/dom.js";
import { clock, signed, spokenTime } from "../../shared/format.js";
import { sign } from "../../shared/sentiment.js";

/** A letter in a circle; a faint one, for screen readers only, continues the same speaker. */
export function speakerBadge(name, { isFaint = false } = {}) {
  const spoken = element("span", { class: "visually-hidden" }, "Speaker ");
  return element("span", { class: `speaker ${isFaint ? "faint" : ""}` }, spoken, name);
}

/** How many turns each speaker has: segments of one speaker in a row are one turn. */
function turnCounts(segments) {
  const counts = new Map();
  segments.forEach(({ speaker }, place) => {
    if (speaker !== segments[place - 1]?.speaker) counts.set(speaker, (counts.get(speaker) ?? 0) + 1);
  });
  return counts;
}

/** A row for each speaker: seconds of speech, turns and sentiment. */
export function speakerList(speakers, segments) {
  const counts = turnCounts(segments);
  const turns = (speaker) => (counts.get(speaker) === 1 ? "1 turn" : `${counts.get(speaker) ?? 0} turns`);
  const line = ({ speaker, seconds, sentiment }) =>
    element(
      "li",
      {},
      speakerBadge(speaker),
      element("span", { class: "speaker-time" }, element("span", { class: "visually-hidden" }, spokenTime(seconds)), element("span", { "aria-hidden": "true" }, clock(seconds))),
      element("span", { class: "quiet" }, turns(speaker)),
      sentiment ? element("span", { class: "speaker-mood" }, sign(sentiment.label), element("span", {}, sentiment.label)) : null,
      sentiment ? element("span", { class: "mood-score" }, signed(sentiment.score)) : null,
    );
  return element("ul", { class: "speakers" }, speakers.map(line));
}

/** A sentence on channels with crosstalk: speech of other speakers; null without any. */
export function crosstalkNote(suppressed) {
  const places = suppressed.filter(({ reason }) => reason === "crosstalk");
  const names = [...new Set(places.map(({ speaker }) => speaker))].sort();
  if (!names.length) return null;
  const channels = names.length === 1 ? `the channel of ${names[0]}` : `the channels of ${names.join(" and ")}`;
  const times = places.length === 1 ? "once" : `${places.length} times`;
  return element("p", { class: "quiet" }, `On ${channels} another speaker was recognised ${times}; the transcript has that speech once.`);
}
