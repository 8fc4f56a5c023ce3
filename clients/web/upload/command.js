// The request of the page as a command, to be copied.

export function setUpCommand(place, button) {
  const command = `curl ${location.origin}/v1/audio/transcriptions -F response_format=verbose_json -F file=@speech.mp3`;
  place.textContent = command;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(command);
      button.textContent = "Copied";
    } catch {
      // Browsers allow it on secure addresses only.
      getSelection().selectAllChildren(place);
    }
  });
}
