// Where speech comes from. A mode is an entry here and a section of the page with that id.
import { byId, element } from "./dom.js";

const MODES = [
  { id: "file-mode", label: "File" },
  { id: "live-mode", label: "Live" },
];

/** Links to the modes; the one in the address is shown, the first one otherwise. */
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
