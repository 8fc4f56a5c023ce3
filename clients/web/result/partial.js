// What is recognised of a recording so far, as a transcript that can be copied and saved.

/** Fields of `verbose_json`, with `partial`, for a job whose result isn't there. */
export function partialResult({ segments, options }) {
  return {
    task: options.translate ? "translate" : "transcribe",
    partial: true,
    duration: segments.at(-1)?.end ?? 0,
    text: segments.map(({ text }) => text).join("").trim(),
    segments: segments.map(({ type, words, ...segment }, id) => ({ ...segment, id })),
    words: segments.flatMap(({ words }) => words ?? []),
    speakers: segments.some(({ speaker }) => speaker) ? [...new Set(segments.map(({ speaker }) => speaker))].map((speaker) => ({ speaker })) : undefined,
  };
}
