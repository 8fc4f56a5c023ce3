// The recordings on the page: their queue, their views, and which one is shown.
import { byId } from "../shared/dom.js";
import { percent } from "../shared/format.js";
import { keep, kept } from "../kept/keeping.js";
import { View } from "../result/view.js";
import { Job } from "./job.js";
import { Queue } from "./queue.js";
import { QueueList } from "./queue-list.js";

function summary({ file, result }, languages) {
  const { language_detection: detection, sentiment, segments } = result;
  if (!segments.length) return `${file.name}: no speech was found.`;
  const language = detection?.abstained
    ? "Its language is uncertain."
    : detection && `${languages.find(detection.language).name}, ${percent(detection.confidence)} sure.`;
  const overall = sentiment && `Overall sentiment: ${sentiment.average.label}.`;
  return [`${file.name} is transcribed.`, language, overall].filter(Boolean).join(" ");
}

export class Recordings {
  #languages;
  #options;
  #announce;
  #queue;
  #list;
  #views = new Map();
  #selected = null;

  /** @param page {options(), announce(text), opened, limits, onChange()}: what is chosen, and what follows */
  constructor(languages, { options, announce, opened, limits, onChange }) {
    this.#languages = languages;
    this.#options = options;
    this.#announce = announce;
    this.#queue = new Queue(opened, limits);
    this.#list = new QueueList(byId("queue-list"), { onSelect: (job) => this.#select(job, true), onRemove: (job) => this.#remove(job) });
    this.#queue.addEventListener("change", () => {
      this.#show();
      onChange();
    });
    addEventListener("beforeunload", (event) => this.#queue.isBusy && event.preventDefault());
  }

  /** Transcribes files. */
  add(files) {
    this.#toFileMode();
    const jobs = files.map((file) => this.#put(new Job(file, this.#options())));
    if (!this.#selected?.isActive) this.#select(jobs[0], false);
    this.#queue.start();
  }

  /** Shows a result that was kept on the device. */
  async open(entry) {
    const job = await kept(entry);
    if (!job) return;
    this.#toFileMode();
    this.#select(this.#put(job), true);
  }

  isOpen(id) {
    return this.#queue.jobs.some((job) => job.kept?.id === id);
  }

  #toFileMode() {
    if (byId("file-mode").hidden) location.hash = "file-mode";
  }

  #put(job) {
    let before = job.state;
    const view = new View(job, this.#languages, { onAgain: (again, options) => this.#again(again, options), onRemove: (gone) => this.#remove(gone) });
    this.#views.set(job, view);
    view.hide();
    byId("stage").append(view.element);
    this.#queue.add(job);
    job.addEventListener("change", () => {
      const changed = job.state !== before;
      before = job.state;
      if (changed) this.#onState(job);
    });
    return job;
  }

  #onState(job) {
    const { name } = job.file;
    if (job.state === "uploading") this.#announce(`Uploading ${name}`);
    if (job.state === "recognising") this.#announce(`Recognising ${name}`);
    if (job.state === "delayed") this.#announce(`The server asks to wait before it takes ${name}`);
    if (job.state === "done") this.#announce(summary(job, this.#languages));
    if (job.state === "failed") this.#announce(`${name} couldn't be transcribed. ${job.error.message}`);
    if (job.state === "done" || job.state === "failed") keep(job);
    // The focused button may have been removed with the progress bar.
    const focus = document.activeElement;
    const isLost = focus === document.body || !focus.checkVisibility();
    if (isLost && job === this.#selected && !job.isActive) this.#views.get(job).title.focus({ preventScroll: true });
  }

  #again(job, options = this.#options()) {
    job.again(options);
    this.#queue.start();
  }

  #select(job, takeFocus) {
    if (this.#selected && this.#selected !== job) this.#views.get(this.#selected)?.hide();
    this.#selected = job;
    this.#list.select(job);
    if (!job) return;
    this.#views.get(job).element.hidden = false;
    if (takeFocus) this.#views.get(job).title.focus({ preventScroll: innerWidth > 860 });
  }

  #remove(job) {
    const { jobs } = this.#queue;
    const place = jobs.indexOf(job);
    this.#queue.remove(job);
    this.#views.get(job).close();
    this.#views.delete(job);
    const left = this.#queue.jobs;
    if (job === this.#selected) this.#select(left[Math.min(place, left.length - 1)] ?? null, false);
    if (!left.length) byId("files").focus();
  }

  #show() {
    const { jobs } = this.#queue;
    const isEmpty = jobs.length === 0;
    byId("file-mode").classList.toggle("is-empty", isEmpty);
    byId("queue").hidden = byId("stage").hidden = isEmpty;
    this.#list.show(jobs);
    this.#list.select(this.#selected);
  }
}
