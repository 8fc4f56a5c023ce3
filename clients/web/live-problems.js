// What can go wrong while somebody speaks, as sentences.

/** Its message is for whoever looks at the page. */
export class Problem extends Error {}

const ENDINGS = {
  1001: "Nothing was sent for a while, or the server is restarting.",
  1008: "Sound came faster than it is spoken.",
  1009: "A piece of sound was too large.",
  1011: "Something went wrong on the server.",
};

/** Why a session that was open is over. */
export function ending({ code, reason }) {
  if (code in ENDINGS) return new Problem(`The server ended the session. ${reason || ENDINGS[code]}`);
  return new Problem("The connection broke. Check the network, and that the server is running.");
}

/** Browsers don't say why a session couldn't be opened. */
export const NOT_OPENED = "The server didn't open a live session. Too many may be open, or something between here and there doesn't let WebSockets through. Try again in a few seconds.";
