// The list of results kept on the device: each can be opened and forgotten, or all forgotten.
import { element, icon } from "../shared/dom.js";
import { clock } from "../shared/format.js";
import { store } from "./store.js";

const SURE_MS = 5000;

function day(time) {
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(time);
}

export class KeptList {
  #languages;
  #actions;
  #list = element("ol", {});
  #forgetAll = element("button", { type: "button", class: "button small", onclick: () => this.#onForgetAll() });
  #sure = 0;

  /**
   * @param place an empty section, hidden while nothing is kept
   * @param actions {onOpen(entry), isOpen(id)}; what is open is in the other list
   */
  constructor(place, languages, actions) {
    this.place = place;
    this.#languages = languages;
    this.#actions = actions;
    const title = element("h2", {}, "Kept on this device");
    const note = element("p", { class: "quiet" }, "In this browser only, until you forget it.");
    place.append(element("header", {}, title, this.#forgetAll), note, this.#list);
    store.addEventListener("change", () => this.show());
    this.show();
  }

  async show() {
    let entries = [];
    try {
      entries = await store.list();
    } catch {
      // A browser that keeps nothing has nothing to show.
    }
    const closed = entries.filter(({ id }) => !this.#actions.isOpen(id));
    this.place.hidden = closed.length === 0;
    this.#list.replaceChildren(...closed.map((entry) => this.#row(entry)));
    this.#askToForget(false);
  }

  #row(entry) {
    const names = entry.languages.map((code) => this.#languages.find(code).name).join(", ");
    const facts = [day(entry.keptAt), clock(entry.duration), names].filter(Boolean).join(" · ");
    const open = element(
      "button",
      { type: "button", class: "queue-select", onclick: () => this.#actions.onOpen(entry) },
      element("span", { class: "queue-words" }, element("span", { class: "queue-name", dir: "auto", title: entry.name }, entry.name), element("span", { class: "queue-state" }, facts)),
    );
    const forget = element(
      "button",
      { type: "button", class: "icon-button", "aria-label": `Forget ${entry.name}`, title: "Forget", onclick: () => store.forget(entry.id) },
      icon("bin"),
    );
    return element("li", {}, open, forget);
  }

  /** The first press asks, the second one within SURE_MS forgets. */
  async #onForgetAll() {
    if (!this.#sure) return this.#askToForget(true);
    await store.forgetAll();
  }

  #askToForget(isAsking) {
    clearTimeout(this.#sure);
    this.#sure = isAsking ? setTimeout(() => this.#askToForget(false), SURE_MS) : 0;
    this.#forgetAll.textContent = isAsking ? "Really forget all?" : "Forget all";
  }
}
