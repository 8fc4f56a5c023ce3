// Errors of live sessions as sentences.

/** An error whose message is shown on the page. */
export class Problem extends Error {}

const ENDINGS = {
  1001: "Nothing was sent for a while, or the server is restarting.",
  1008: "Audio came faster than real time.",
  1009: "A message with audio was too large.",
  1011: "Something went wrong on the server.",
};

/** The error of a session that was closed by the server or the network. */
export function ending({ code, reason }) {
  if (code in ENDINGS) return new Problem(`The server ended the session. ${reason || ENDINGS[code]}`);
  return new Problem("The connection broke. Check the network, and that the server is running.");
}

/** Browsers give no reason when a WebSocket can't be opened. */
export const NOT_OPENED = "The server didn't open a live session. Too many may be open, or a proxy doesn't let WebSockets through. Try again in a few seconds.";
