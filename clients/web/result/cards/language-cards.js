// The language of a recording, or its languages with their shares of the time.
import { element } from "../../shared/dom.js";
import { percent } from "../../shared/format.js";
import { bar } from "../../shared/sentiment.js";
import { card } from "./card.js";
import { languageShares } from "./language-shares.js";

function languageName({ code, name, native_name: native }) {
  return element(
    "p",
    { class: "language-name" },
    element("span", { lang: code, dir: "auto" }, native),
    native === name ? null : element("span", { class: "quiet" }, name),
  );
}

function alternatives(candidates, languages) {
  return element("ul", { class: "bars" }, candidates.map(({ language, confidence }) => bar(languages.find(language).name, confidence)));
}

function uncertain(detection, languages) {
  const likeliest = languages.find(detection.alternatives[0]?.language ?? "").name;
  const words = `Uncertain. ${likeliest} is the likeliest with ${percent(detection.confidence)}. If you know the language, choose it and recognise again.`;
  return card("Language", element("p", { class: "language-name" }, "Not sure"), element("p", { class: "quiet" }, words), alternatives(detection.alternatives, languages));
}

/** Several languages: how much of the time each has, since one probability doesn't describe them. */
function several(shares, languages) {
  const bars = shares.map(({ language, share }) => bar(languages.find(language).name, share));
  return card("Languages", element("ul", { class: "bars shares" }, bars), element("p", { class: "quiet" }, "Shares of the time of all segments."));
}

/** A card, or null where there is nothing to say. */
export function languageCard(result, options, languages) {
  const detection = result.language_detection;
  if (!result.segments.length && !detection?.alternatives.length) return null;
  if (detection?.abstained) return uncertain(detection, languages);
  const shares = languageShares(result);
  if (shares.length > 1) return several(shares, languages);
  if (!detection) {
    const code = options.language || shares[0]?.language || languages.codeOf(result.language);
    const how = options.language ? "Chosen by you, so it wasn't detected." : "Not detected.";
    return card("Language", languageName(languages.find(code)), element("p", { class: "quiet" }, how));
  }
  return card(
    "Language",
    languageName(languages.find(detection.language)),
    element("p", { class: "sure" }, `${percent(detection.confidence)} sure`),
    alternatives(detection.alternatives, languages),
  );
}

/** The language or languages in one line; null where none is known. */
export function languageLine(result, options, languages) {
  const detection = result.language_detection;
  if (detection?.abstained) return "language not sure";
  const shares = languageShares(result);
  if (shares.length > 1) return shares.map(({ language, share }) => `${languages.find(language).name} ${percent(share)}`).join(", ");
  if (detection) return `${languages.find(detection.language).name}, ${percent(detection.confidence)} sure`;
  return options.language ? languages.find(options.language).name : null;
}
