// The page's header: links between its modes, and whether the server is ready.
import { ready } from "./api.js";
import { byId, element } from "./dom.js";

// Each mode is a section of the page with this id.
const MODES = [
  { id: "file-mode", label: "File" },
  { id: "live-mode", label: "Live" },
];
const POLL_MS = 3000;

/** Shows links to the modes, and the mode that the address names; by default the first one. */
export function setUpModes(nav) {
  const show = () => {
    const current = MODES.find(({ id }) => location.hash === `#${id}`) ?? MODES[0];
    for (const { id } of MODES) byId(id).hidden = id !== current.id;
    nav.replaceChildren(
      ...MODES.map(({ id, label }) =>
        element("a", { href: `#${id}`, "aria-current": id === current.id && "page" }, label),
      ),
    );
  };
  addEventListener("hashchange", show);
  show();
}

/** Shows in `place` whether the server is ready; polls until it is. */
export async function watchStatus(place) {
  const show = (state, text) => place.replaceChildren(element("span", { class: `dot ${state}` }), text);
  while (!(await ready())) {
    show("waiting", "Starting");
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  show("ready", "Ready");
}
