// Sentiment of a long recording as a smooth line, where single segments would be too narrow.

// Segments count up to this part of what is shown, on both sides.
const REACH = 1 / 50;

/**
 * Average score at `count` times from `from` to `to`, weighted by length and nearness; 0 where
 * nothing is near. `segments` have a sentiment and are in order of their starts.
 */
export function smoothedScores(segments, from, to, count) {
  const reach = (to - from) * REACH;
  const scores = new Float32Array(count);
  let first = 0;
  for (let place = 0; place < count; place += 1) {
    const time = from + ((to - from) * place) / (count - 1);
    while (first < segments.length && segments[first].end < time - reach) first += 1;
    let sum = 0;
    let weights = 0;
    for (let at = first; at < segments.length && segments[at].start <= time + reach; at += 1) {
      const { start, end, sentiment } = segments[at];
      const seconds = Math.min(end, time + reach) - Math.max(start, time - reach);
      const away = Math.max(0, start - time, time - end);
      const weight = Math.max(0, seconds) * (1 - away / reach);
      sum += weight * sentiment.score;
      weights += weight;
    }
    scores[place] = weights > 0 ? sum / weights : 0;
  }
  return scores;
}
