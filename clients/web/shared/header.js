// The page's header: links between its modes, and the page's heading.
import { byId, element } from "./dom.js";

// Each mode is a section of the page with this id.
const MODES = [
  { id: "file-mode", label: "File", heading: "Recordings to text, with sentiment" },
  { id: "live-mode", label: "Live", heading: "Live speech to text, with sentiment" },
];

/**
 * Shows links to the modes, and the mode that the address names; by default the first one. The
 * page's only h1 names the mode, also where results have replaced the introduction.
 */
export function setUpModes(nav, heading) {
  const show = () => {
    const current = MODES.find(({ id }) => location.hash === `#${id}`) ?? MODES[0];
    for (const { id } of MODES) byId(id).hidden = id !== current.id;
    heading.textContent = current.heading;
    nav.replaceChildren(
      ...MODES.map(({ id, label }) =>
        element("a", { href: `#${id}`, "aria-current": id === current.id && "page" }, label),
      ),
    );
  };
  addEventListener("hashchange", show);
  show();
}
