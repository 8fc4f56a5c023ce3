// The state of the server in the page's header, followed while the page is open.
import { serverState } from "./api.js";
import { element } from "./dom.js";

const READY_POLL_MS = 5000;
const OTHER_POLL_MS = 2000;

const LABELS = { ready: "Ready", waiting: "Starting", unreachable: "No connection" };

function label(state, wasReady) {
  return state === "waiting" && wasReady ? "Not ready" : LABELS[state];
}

/** Shows in `place` whether the server is ready, starting, or doesn't answer. */
export function followStatus(place) {
  let wasReady = false;
  let shown = "";
  let timer = 0;
  const check = async () => {
    clearTimeout(timer);
    const { state, message } = await serverState();
    const text = label(state, wasReady);
    // A change is read aloud, so nothing is replaced without one.
    if (text !== shown) place.replaceChildren(element("span", { class: `dot ${state}` }), text);
    place.title = message;
    shown = text;
    wasReady ||= state === "ready";
    clearTimeout(timer);
    // A hidden page asks again once it is shown.
    if (!document.hidden) timer = setTimeout(check, state === "ready" ? READY_POLL_MS : OTHER_POLL_MS);
  };
  document.addEventListener("visibilitychange", () => document.hidden || check());
  addEventListener("online", check);
  addEventListener("offline", check);
  return check();
}
