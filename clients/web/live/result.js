// The turns of a session as a `verbose_json` transcript, to be shown and saved like any other.
import { CLASSES, labelOf } from "../shared/sentiment.js";

const seconds = (turn) => Math.max(0.01, turn.end - turn.start);

/**
 * Average sentiment of the turns, weighted by length; null without any sentiment. The server's
 * `average_sentiment` is computed in the same way, but restarts with each connection.
 */
export function average(turns) {
  const rated = turns.filter((turn) => turn.sentiment);
  if (!rated.length) return null;
  const total = rated.reduce((sum, turn) => sum + seconds(turn), 0);
  const mean = (label) => rated.reduce((sum, turn) => sum + turn.sentiment.scores[label] * seconds(turn), 0) / total;
  const scores = Object.fromEntries(CLASSES.map((label) => [label, mean(label)]));
  return {
    label: labelOf(scores),
    score: scores.positive - scores.negative,
    scores,
    supported: rated.every((turn) => turn.sentiment.supported),
  };
}

/** The language with the most time among turns that are sure of theirs, or undefined. */
function mainLanguage(turns) {
  const times = new Map();
  for (const turn of turns) {
    if (!turn.detection.abstained) times.set(turn.language, (times.get(turn.language) ?? 0) + seconds(turn));
  }
  return [...times].sort((one, other) => other[1] - one[1])[0]?.[0];
}

/**
 * Language detection of the turns in the main language, weighted by length; null when the language
 * was chosen. Turns in other languages have their shares of the time instead: an average over
 * several languages would be a probability of nothing.
 */
function detection(turns) {
  const all = turns.filter((turn) => turn.detection);
  if (!all.length) return null;
  const main = mainLanguage(all);
  const detected = all.filter((turn) => turn.detection.abstained || turn.language === main);
  const total = detected.reduce((sum, turn) => sum + seconds(turn), 0);
  const shares = new Map();
  let unsure = 0;
  for (const turn of detected) {
    if (turn.detection.abstained) unsure += seconds(turn);
    for (const { language, confidence } of turn.detection.alternatives) {
      shares.set(language, (shares.get(language) ?? 0) + (confidence * seconds(turn)) / total);
    }
  }
  const alternatives = [...shares].map(([language, confidence]) => ({ language, confidence }));
  alternatives.sort((a, b) => b.confidence - a.confidence);
  const abstained = unsure > all.reduce((sum, turn) => sum + seconds(turn), 0) / 2;
  const [best] = alternatives;
  return { language: abstained ? null : (best?.language ?? null), confidence: best?.confidence ?? 0, alternatives: alternatives.slice(0, 5), abstained };
}

/** Segments of a turn; an incomplete turn is one segment with the text so far. */
function segmentsOf(turn) {
  const { start, end, text, language, sentiment } = turn;
  const segments = turn.segments.length ? turn.segments : [{ start, end, text: ` ${text.trim()}`, language }];
  return segments.map((each) => (sentiment ? { sentiment, ...each } : each));
}

function shifts(segments) {
  const rated = segments.filter((each) => each.sentiment);
  return rated.slice(1).flatMap(({ start, sentiment }, place) => {
    const before = rated[place].sentiment.label;
    return sentiment.label === before ? [] : [{ at: start, before, after: sentiment.label }];
  });
}

function warnings(turns, recording) {
  const received = turns.flatMap((turn) => turn.warnings);
  const distinct = [...new Map(received.map((each) => [each.message, each])).values()];
  const unfinished = turns.filter((turn) => turn.state !== "done").length;
  if (unfinished) distinct.push({ code: "unfinished_turns", message: `${unfinished === 1 ? "One turn wasn't" : `${unfinished} turns weren't`} recognised to the end.` });
  if (!recording.isComplete) distinct.push({ code: "audio_not_kept", message: "Only the first hour of audio is recorded; the transcript is complete." });
  return distinct;
}

/** A transcript with the fields of `verbose_json`. */
export function resultOf(turns, recording, languages) {
  const all = turns.list;
  const segments = all.flatMap(segmentsOf).map((each, id) => ({ ...each, id }));
  const language_detection = detection(all);
  const code = language_detection?.language ?? all[0]?.language;
  const overall = average(all);
  return {
    task: "transcribe",
    language: code ? languages.find(code).name.toLowerCase() : "unknown",
    duration: recording.seconds,
    text: segments.map(({ text }) => text).join("").trim(),
    segments,
    words: all.flatMap((turn) => turn.words),
    languages: [...new Set(segments.map((each) => each.language))].filter(Boolean).map((each) => ({ code: each })),
    language_detection,
    sentiment: overall && { average: overall, shifts: shifts(segments) },
    suppressed: [...turns.suppressed, ...all.flatMap((turn) => turn.suppressed)],
    warnings: warnings(all, recording),
    usage: { type: "duration", seconds: Math.ceil(recording.seconds) },
  };
}
