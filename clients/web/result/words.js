// Words of a transcript: their places in the text, and which one is spoken at a time.
import { element } from "../shared/dom.js";

// Entries that may begin and end within another one, when speakers overlap.
const INTERRUPTIONS = 8;

/**
 * Spans of a segment's words within its text. The text itself is kept, since not every script puts
 * spaces between words.
 */
export function wordSpans(text, words) {
  const spans = [];
  const nodes = [];
  let read = 0;
  for (const word of words) {
    const at = word.word ? text.indexOf(word.word, read) : -1;
    if (at < 0) continue;
    const span = element("span", { class: "word" }, word.word);
    nodes.push(text.slice(read, at), span);
    spans.push({ span, start: word.start, end: word.end });
    read = at + word.word.length;
  }
  nodes.push(text.slice(read));
  return { nodes, spans };
}

/** Words of each segment; speakers may overlap. */
export function wordsBySegment(segments, words) {
  const waiting = new Map(segments.map(({ speaker }) => [speaker, words.filter((word) => word.speaker === speaker)]));
  return segments.map(({ speaker }, place) => {
    const limit = segments.slice(place + 1).find((later) => later.speaker === speaker)?.start ?? Infinity;
    const own = waiting.get(speaker);
    // 5 ms of tolerance: times are rounded, and a word may seem to start before its segment.
    const after = own.findIndex((word) => word.start + 0.005 >= limit);
    return own.splice(0, after < 0 ? own.length : after);
  });
}

/** Index of the last entry that has started by `time`, or -1. */
function lastStarted(entries, time) {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle].start <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The entry at `time`, or undefined; of overlapping ones the one that began last. */
export function entryAt(entries, time) {
  const last = lastStarted(entries, time);
  return entries.slice(Math.max(0, last - INTERRUPTIONS), last + 1).findLast(({ end }) => time < end);
}
