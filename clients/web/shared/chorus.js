// The word "voice" in many scripts, set as a waveform. Decoration only.
import { element } from "./dom.js";

const WORDS = [
  ["it", "voce", 1, "neutral"],
  ["ar", "صوت", 3, "positive"],
  ["ja", "声", 5, "neutral"],
  ["es", "voz", 2, "negative"],
  ["hi", "आवाज़", 4, "neutral"],
  ["el", "φωνή", 2, "positive"],
  ["ru", "голос", 5, "neutral"],
  ["en", "voice", 6, "ink"],
  ["he", "קול", 4, "negative"],
  ["ko", "목소리", 3, "neutral"],
  ["th", "เสียง", 4, "positive"],
  ["fr", "voix", 2, "neutral"],
  ["ka", "ხმა", 3, "negative"],
  ["sw", "sauti", 2, "neutral"],
  ["vi", "giọng", 1, "positive"],
];

export function setUpChorus(place) {
  place.append(
    ...WORDS.map(([lang, word, size, tone]) => element("span", { lang, class: `size-${size} ${tone}` }, word)),
  );
}
