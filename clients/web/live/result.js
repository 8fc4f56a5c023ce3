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

/** Language detection over all turns, weighted by length; null when the language was chosen. */
function detection(turns) {
  const detected = turns.filter((turn) => turn.detection);
  if (!detected.length) return null;
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
  const abstained = unsure > total / 2;
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
    languages: [...new Set(all.map((turn) => turn.language))].filter(Boolean).map((each) => ({ code: each })),
    language_detection,
    sentiment: overall && { average: overall, shifts: shifts(segments) },
    suppressed: [...turns.suppressed, ...all.flatMap((turn) => turn.suppressed)],
    warnings: warnings(all, recording),
    usage: { type: "duration", seconds: Math.ceil(recording.seconds) },
  };
}
