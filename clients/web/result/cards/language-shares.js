// The languages of a transcript, by how much of its time they have.

/** [{language, share}] of the segments' time, the largest first; empty where detection abstained. */
export function languageShares({ segments, languages, language_detection: detection }) {
  if (detection?.abstained) return [];
  const seconds = new Map((languages ?? []).map(({ code }) => [code, 0]));
  for (const { language, start, end } of segments ?? []) {
    if (language) seconds.set(language, (seconds.get(language) ?? 0) + Math.max(0.01, end - start));
  }
  const total = [...seconds.values()].reduce((sum, each) => sum + each, 0);
  const shares = [...seconds].map(([language, time]) => ({ language, share: total ? time / total : 0 }));
  return shares.sort((one, other) => other.share - one.share);
}
