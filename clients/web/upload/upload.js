// Files from the file chooser, or dropped anywhere on the page.

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

/** @param onFiles called with a non-empty array of File */
export function setUpUpload(input, veil, onFiles) {
  input.addEventListener("change", () => {
    const files = [...input.files];
    // Emptied, so that choosing the same file again is another "change".
    input.value = "";
    if (files.length) onFiles(files);
  });

  // "dragenter" and "dragleave" fire for every element below the pointer: count them.
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
