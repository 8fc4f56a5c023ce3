// What is recognised of a recording so far, as a transcript that can be copied, saved and kept.

const WARNING = { code: "partial", message: "This recording wasn't recognised to the end." };

/** Speakers with the seconds of their segments; undefined where channels weren't split. */
function speakersOf(segments) {
  const seconds = new Map();
  for (const { speaker, start, end } of segments) {
    if (speaker) seconds.set(speaker, (seconds.get(speaker) ?? 0) + end - start);
  }
  return seconds.size ? [...seconds].map(([speaker, time]) => ({ speaker, seconds: time })) : undefined;
}

/** Fields of `verbose_json`, with `partial`, for a job whose result isn't there. */
export function partialResult({ segments, options }) {
  return {
    task: options.translate ? "translate" : "transcribe",
    partial: true,
    duration: segments.at(-1)?.end ?? 0,
    text: segments.map(({ text }) => text).join("").trim(),
    segments: segments.map(({ type, words, ...segment }, id) => ({ ...segment, id })),
    words: segments.flatMap(({ words }) => words ?? []),
    speakers: speakersOf(segments),
    suppressed: [],
    warnings: [WARNING],
  };
}
