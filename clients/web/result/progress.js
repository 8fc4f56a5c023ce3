// Progress of a recording: bytes uploaded, then seconds of audio recognised.
import { element } from "../shared/dom.js";
import { bytes, clock } from "../shared/format.js";

export class Progress {
  #job;
  #player;
  #timer = 0;
  #title = element("span", { class: "progress-title" });
  #detail = element("span", { class: "progress-detail" });
  #bar = element("progress", { max: "1", "aria-label": "Progress" });
  #now = element("button", { type: "button", class: "button small", onclick: () => this.#job.hurry() }, "Try now");
  element = element("div", { class: "progress" });

  constructor(job, player) {
    this.#job = job;
    this.#player = player;
    this.element.append(
      element("p", { class: "progress-words" }, this.#title, this.#detail),
      this.#bar,
      element("div", { class: "progress-buttons" }, this.#now, element("button", { type: "button", class: "button small", onclick: () => job.cancel() }, "Cancel")),
    );
    job.addEventListener("change", () => this.#update());
    job.addEventListener("segment", () => this.#update());
    this.#update();
  }

  #update() {
    const { state } = this.#job;
    this.element.hidden = !(state === "waiting" || this.#job.isActive);
    clearInterval(this.#timer);
    this.#now.hidden = state !== "delayed";
    if (state === "recognising" || state === "delayed") this.#timer = setInterval(() => this.#show(), 1000);
    this.#show();
  }

  #show() {
    const { state, loaded, file } = this.#job;
    if (state === "delayed") this.#showDelayed();
    else if (state === "uploading") this.#say("Uploading", `${bytes(loaded * file.size)} of ${bytes(file.size)}`, loaded);
    else if (state === "recognising") this.#showRecognising();
    else this.#say("Waiting", "", null);
  }

  #showDelayed() {
    const { error, retryAt } = this.#job;
    const seconds = Math.max(0, Math.ceil((retryAt - performance.now()) / 1000));
    this.#say(`The server asks to wait: trying again in ${seconds}\u00a0s`, error.message, null);
  }

  #showRecognising() {
    const { segments, startedAt } = this.#job;
    const elapsed = `${clock((performance.now() - startedAt) / 1000)} elapsed`;
    const recognised = segments.at(-1)?.end;
    const total = this.#player.duration;
    const isKnown = recognised !== undefined && total > 0;
    const detail = isKnown ? `${clock(recognised)} of ${clock(total)}, ${elapsed}` : elapsed;
    this.#say(isKnown ? "Recognising" : "Detecting speech and its language", detail, isKnown ? Math.min(1, recognised / total) : null);
  }

  #say(title, detail, share) {
    this.#title.textContent = title;
    this.#detail.textContent = detail;
    if (share === null) this.#bar.removeAttribute("value");
    else this.#bar.value = share;
  }
}
