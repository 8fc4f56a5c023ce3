// Notice of a failed recording: the reason, and buttons to retry or remove it.
import { element } from "../shared/dom.js";

// Errors that a retry with the same file would repeat.
const FINAL = new Set(["unsupported_audio", "unreadable_audio", "audio_too_large"]);

export function failure(job, { onAgain, onRemove }) {
  const { error, state, segments } = job;
  const isFinal = FINAL.has(error?.code);
  const title = state === "cancelled" ? "Cancelled" : "This recording couldn't be transcribed";
  return element(
    "div",
    { class: state === "failed" ? "notice bad" : "notice", role: state === "failed" && "alert" },
    element("p", { class: "notice-title" }, title),
    error ? element("p", {}, error.message) : null,
    segments.length ? element("p", {}, "The text recognised until then is below, and can be copied and saved.") : null,
    element(
      "div",
      { class: "notice-actions" },
      isFinal
        ? element("label", { class: "button primary", for: "files" }, "Choose another file")
        : element("button", { type: "button", class: "button primary", onclick: onAgain }, "Try again"),
      element("button", { type: "button", class: "button", onclick: onRemove }, "Remove from the list"),
    ),
  );
}
