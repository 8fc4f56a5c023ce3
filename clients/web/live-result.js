// Turns put together as the answer to a file would be, so that it can be shown and saved as one.
import { LABELS } from "./sentiment.js";

const seconds = (turn) => Math.max(0.01, turn.end - turn.start);

/**
 * How all turns feel, weighted by their length; null when none feels like anything. A session's
 * `average_sentiment` is made in the same way, but begins anew after every pause.
 */
export function average(turns) {
  const felt = turns.filter((turn) => turn.sentiment);
  if (!felt.length) return null;
  const total = felt.reduce((sum, turn) => sum + seconds(turn), 0);
  const mean = (label) => felt.reduce((sum, turn) => sum + turn.sentiment.scores[label] * seconds(turn), 0) / total;
  const scores = Object.fromEntries(LABELS.map((label) => [label, mean(label)]));
  return {
    label: LABELS.reduce((best, label) => (scores[label] > scores[best] ? label : best)),
    score: scores.positive - scores.negative,
    scores,
    supported: felt.every((turn) => turn.sentiment.supported),
  };
}

/** Guesses of all turns, weighted by their length; null when the language was given. */
function detection(turns) {
  const told = turns.filter((turn) => turn.detection);
  if (!told.length) return null;
  const total = told.reduce((sum, turn) => sum + seconds(turn), 0);
  const shares = new Map();
  let unsure = 0;
  for (const turn of told) {
    if (turn.detection.abstained) unsure += seconds(turn);
    for (const { language, confidence } of turn.detection.alternatives) {
      shares.set(language, (shares.get(language) ?? 0) + (confidence * seconds(turn)) / total);
    }
  }
  const alternatives = [...shares].map(([language, confidence]) => ({ language, confidence }));
  alternatives.sort((a, b) => b.confidence - a.confidence);
  const abstained = unsure > total / 2;
  const [best] = alternatives;
  return { language: abstained ? null : (best?.language ?? null), confidence: best?.confidence ?? 0, alternatives: alternatives.slice(0, 5), abstained };
}

/** A turn whose end wasn't told is one segment of what had been heard. */
function segmentsOf(turn) {
  const { start, end, text, language, sentiment } = turn;
  const segments = turn.segments.length ? turn.segments : [{ start, end, text: ` ${text.trim()}`, language }];
  return segments.map((each) => (sentiment ? { sentiment, ...each } : each));
}

function shifts(segments) {
  const felt = segments.filter((each) => each.sentiment);
  return felt.slice(1).flatMap(({ start, sentiment }, place) => {
    const before = felt[place].sentiment.label;
    return sentiment.label === before ? [] : [{ at: start, before, after: sentiment.label }];
  });
}

function warnings(turns, recording) {
  const told = turns.flatMap((turn) => turn.warnings);
  const distinct = [...new Map(told.map((each) => [each.message, each])).values()];
  const unfinished = turns.filter((turn) => turn.state !== "done").length;
  if (unfinished) distinct.push({ code: "unfinished_turns", message: `${unfinished === 1 ? "One turn wasn't" : `${unfinished} turns weren't`} heard to the end.` });
  if (!recording.isComplete) distinct.push({ code: "audio_not_kept", message: "Only the first hour of sound was kept; the words are all there." });
  return distinct;
}

/** What `verbose_json` has. */
export function resultOf(turns, recording, languages) {
  const said = turns.list;
  const segments = said.flatMap(segmentsOf).map((each, id) => ({ ...each, id }));
  const heard = detection(said);
  const code = heard?.language ?? said[0]?.language;
  const mood = average(said);
  return {
    task: "transcribe",
    language: code ? languages.find(code).name.toLowerCase() : "unknown",
    duration: recording.seconds,
    text: segments.map(({ text }) => text).join("").trim(),
    segments,
    words: said.flatMap((turn) => turn.words),
    languages: [...new Set(said.map((turn) => turn.language))].filter(Boolean).map((each) => ({ code: each })),
    language_detection: heard,
    sentiment: mood && { average: mood, shifts: shifts(segments) },
    suppressed: [...turns.suppressed, ...said.flatMap((turn) => turn.suppressed)],
    warnings: warnings(said, recording),
    usage: { type: "duration", seconds: Math.ceil(recording.seconds) },
  };
}
