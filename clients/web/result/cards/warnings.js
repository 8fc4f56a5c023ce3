// Warnings of the server; where the requested language doesn't fit, a button for the likelier one.
import { element } from "../../shared/dom.js";

function mismatch({ language }, { options, hasSound, onAgain }, languages) {
  const [likelier, requested] = [language, options.language].map((code) => languages.find(code).name);
  const words = `The speech is likely ${likelier}, but was recognised as ${requested}, as you chose: the text may be wrong.`;
  const button = element("button", { type: "button", class: "button small", onclick: () => onAgain({ ...options, language }) }, `Recognise again in ${likelier}`);
  return element("li", {}, words, " ", hasSound ? button : null);
}

/** @param again {options, hasSound, onAgain(options)} of the recording; null without warnings */
export function warningsNotice(warnings, again, languages) {
  if (!warnings?.length) return null;
  const isMismatch = ({ code, language }) => code === "language_mismatch" && language && again.options.language;
  const entries = warnings.map((each) => (isMismatch(each) ? mismatch(each, again, languages) : element("li", {}, each.message)));
  return element("section", { class: "notice warned", "aria-label": "Please note" }, element("ul", {}, entries));
}
