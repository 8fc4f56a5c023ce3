// A card of facts beside a transcript.
import { element } from "../../shared/dom.js";

export function card(title, ...children) {
  return element("section", { class: "card" }, element("h3", {}, title), ...children);
}
