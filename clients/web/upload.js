// Files come in by the chooser or are dropped anywhere on the page.

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

/** @param onFiles called with a non-empty array of File */
export function setUpUpload(input, veil, onFiles) {
  input.addEventListener("change", () => {
    const files = [...input.files];
    // Emptied, so that choosing the same file again is a change again.
    input.value = "";
    if (files.length) onFiles(files);
  });

  // Every element that is entered counts up and every one left counts down.
  let depth = 0;
  const moved = (by) => {
    depth = Math.max(0, depth + by);
    veil.hidden = depth === 0;
  };
  addEventListener("dragenter", (event) => hasFiles(event) && moved(1));
  addEventListener("dragleave", (event) => hasFiles(event) && moved(-1));
  addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    moved(-depth);
    const files = [...event.dataTransfer.files];
    if (files.length) onFiles(files);
  });
}
