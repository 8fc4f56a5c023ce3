// Whether the server can answer, in the corner of the page.
import { ready } from "./api.js";
import { element } from "./dom.js";

const WAIT_MS = 3000;

/** Asks until the server is ready. */
export async function watchStatus(place) {
  const show = (state, text) => place.replaceChildren(element("span", { class: `dot ${state}` }), text);
  while (!(await ready())) {
    show("waiting", "Starting");
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
  show("ready", "Ready");
}
