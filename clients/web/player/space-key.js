// The space bar plays and pauses the recording that is shown.

// What uses the key itself. The times of a transcript don't: Enter goes to them.
const USES_SPACE = "input, select, textarea, summary, a, label, [role=slider], button:not(.caption-time)";

/** @param view of the recording; nothing happens while it is hidden */
export function playWithSpace(view, player, signal) {
  const isMeant = (event) =>
    event.key === " " && !event.ctrlKey && !event.altKey && !event.metaKey && !event.defaultPrevented
    && player.isPlayable && view.checkVisibility() && !event.target.closest(USES_SPACE);
  const onKey = (event) => {
    if (!isMeant(event)) return;
    // The page would scroll, and a button would be pressed when the key is let go.
    event.preventDefault();
    if (event.type === "keydown" && !event.repeat) player.toggle();
  };
  addEventListener("keydown", onKey, { signal });
  addEventListener("keyup", onKey, { signal });
}
