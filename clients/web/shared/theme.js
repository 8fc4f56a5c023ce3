// Light or dark theme: the system's until the button is pressed.
import { icon } from "./dom.js";

const KEY = "sentivox-theme";
const systemDark = matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : systemDark.matches;
}

/** Calls `redraw` when the colours change, for canvases. */
export function onThemeChange(redraw, signal) {
  systemDark.addEventListener("change", redraw, { signal });
  document.addEventListener("themechange", redraw, { signal });
}

export function setUpTheme(button) {
  const show = () => {
    button.replaceChildren(icon(isDark() ? "sun" : "moon"));
    button.setAttribute("aria-label", isDark() ? "Use the light theme" : "Use the dark theme");
  };
  button.addEventListener("click", () => {
    const chosen = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = chosen;
    try {
      localStorage.setItem(KEY, chosen);
    } catch {
      // The choice lasts until the page is closed.
    }
    document.dispatchEvent(new Event("themechange"));
  });
  onThemeChange(show);
  show();
}
