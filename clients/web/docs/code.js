// Code blocks with coloured tokens and a copy button.
import { element } from "../shared/dom.js";

const TOKENS = /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(#.*|\/\/.*)|\b(import|from|with|open|as|const|await|new|print|true|false|null)\b|(-?\b\d+(?:\.\d+)?\b)/g;
const KINDS = ["string", "comment", "keyword", "number"];

function coloured(text) {
  const nodes = [];
  let read = 0;
  for (const match of text.matchAll(TOKENS)) {
    // The slashes of an address aren't a comment.
    if (match[2]?.startsWith("//") && text[match.index - 1] === ":") continue;
    const kind = KINDS[match.slice(1).findIndex((group) => group !== undefined)];
    nodes.push(text.slice(read, match.index), element("span", { class: kind }, match[0]));
    read = match.index + match[0].length;
  }
  return [...nodes, text.slice(read)];
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed";
  }
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

/** @param name for screen readers; the block takes the focus, since it may scroll */
export function codeBlock(text, name) {
  const button = element("button", { type: "button", class: "copy", onclick: () => copy(text, button) }, "Copy");
  const block = element("pre", { tabindex: "0", role: "region", "aria-label": name }, element("code", {}, coloured(text)));
  return element("div", { class: "code" }, block, button);
}

/** Tabs over `{name: text}`; every set of tabs on the page shows the same name. */
export function codeTabs(texts, label) {
  const names = Object.keys(texts);
  const tabs = names.map((name) => element("button", { type: "button", role: "tab", "data-tongue": name }, name));
  const panels = names.map((name) => element("div", { role: "tabpanel", "aria-label": name }, codeBlock(texts[name], `${label}, ${name}`)));
  const show = (chosen) => {
    const at = Math.max(0, names.indexOf(chosen));
    tabs.forEach((tab, place) => {
      tab.setAttribute("aria-selected", String(place === at));
      tab.tabIndex = place === at ? 0 : -1;
      panels[place].hidden = place !== at;
    });
  };
  const choose = (name) => document.dispatchEvent(new CustomEvent("tongue", { detail: name }));
  const list = element("div", { role: "tablist", "aria-label": label, class: "tabs" }, tabs);
  list.addEventListener("click", ({ target }) => target.dataset.tongue && choose(target.dataset.tongue));
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
    choose(next.dataset.tongue);
    next.focus();
  });
  document.addEventListener("tongue", ({ detail }) => show(detail));
  show(names[0]);
  return element("div", { class: "code-tabs" }, list, panels);
}
