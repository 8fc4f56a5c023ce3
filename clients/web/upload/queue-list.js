// The list of recordings beside the transcript.
import { element, icon } from "../shared/dom.js";
import { bytes, clock } from "../shared/format.js";

function describe(job) {
  switch (job.state) {
    case "waiting":
      return `Waiting, ${bytes(job.file.size)}`;
    case "uploading":
      return `Uploading, ${Math.round(job.loaded * 100)}%`;
    case "delayed":
      return "Waiting for the server";
    case "recognising":
      return "Recognising";
    case "done":
      return clock(job.result.duration);
    case "failed":
      return "Couldn't be transcribed";
    default:
      return "Cancelled";
  }
}

const MARKS = { done: "check", failed: "alert" };

export class QueueList {
  #place;
  #onSelect;
  #onRemove;
  #rows = new Map();

  constructor(place, { onSelect, onRemove }) {
    this.#place = place;
    this.#onSelect = onSelect;
    this.#onRemove = onRemove;
  }

  show(jobs) {
    for (const job of this.#rows.keys()) if (!jobs.includes(job)) this.#rows.delete(job);
    for (const job of jobs) if (!this.#rows.has(job)) this.#rows.set(job, this.#row(job));
    this.#place.replaceChildren(...jobs.map((job) => this.#rows.get(job)));
  }

  select(selected) {
    for (const [job, row] of this.#rows) {
      row.firstChild.setAttribute("aria-current", String(job === selected));
    }
  }

  #row(job) {
    const state = element("span", { class: "queue-state" });
    const mark = element("span", { class: "queue-mark" });
    const name = element("span", { class: "queue-name", dir: "auto", title: job.file.name }, job.file.name);
    const select = element(
      "button",
      { type: "button", class: "queue-select", onclick: () => this.#onSelect(job) },
      mark,
      element("span", { class: "queue-words" }, name, state),
    );
    const remove = element(
      "button",
      { type: "button", class: "icon-button", "aria-label": `Remove ${job.file.name}`, onclick: () => this.#onRemove(job) },
      icon("close"),
    );
    const update = () => {
      state.textContent = describe(job);
      mark.className = `queue-mark ${job.state}`;
      mark.replaceChildren(...(MARKS[job.state] ? [icon(MARKS[job.state])] : []));
    };
    job.addEventListener("change", update);
    update();
    return element("li", {}, select, remove);
  }
}
