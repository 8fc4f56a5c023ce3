// Note below a result: whether it is kept on the device, with a button to forget it.
import { element } from "../shared/dom.js";
import { store } from "./store.js";

const NOT_KEPT = "This browser keeps no results: save this one before you close the page.";
const TEXT_ONLY = "The text is kept on this device, without the sound.";
const KEPT = "Kept on this device, with its sound.";
const FORGOTTEN = "Forgotten. Once you close this page, it is gone.";

export class KeptNote {
  #job;
  #isForgotten = false;
  element = element("p", { class: "quiet kept-note", role: "status" });

  /** @param signal aborted when the recording is removed from the page */
  constructor(job, signal) {
    this.#job = job;
    job.addEventListener("change", () => this.#show(), { signal });
    store.addEventListener("forget", ({ detail }) => this.#onForget(detail), { signal });
    this.#show();
  }

  #show() {
    const { kept } = this.#job;
    this.#isForgotten &&= !kept;
    this.element.hidden = !kept && !this.#isForgotten;
    if (!kept) return this.element.replaceChildren(FORGOTTEN);
    if (kept.id === null) return this.element.replaceChildren(NOT_KEPT);
    const button = element("button", { type: "button", class: "button small", onclick: () => store.forget(kept.id) }, "Forget");
    this.element.replaceChildren(button, ` ${kept.hasSound ? KEPT : TEXT_ONLY}`);
  }

  /** @param id null where everything was forgotten */
  #onForget(id) {
    const { kept } = this.#job;
    if (!kept || (id !== null && id !== kept.id)) return;
    this.#isForgotten = true;
    this.#job.update({ kept: null });
  }
}
