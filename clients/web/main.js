// Entry of the page: connects its parts, and keeps which recording is shown.
import { languages as fetchLanguages } from "./shared/api.js";
import { setUpChorus } from "./shared/chorus.js";
import { byId } from "./shared/dom.js";
import { percent } from "./shared/format.js";
import { withKey } from "./shared/key.js";
import { LanguageField, Languages } from "./shared/languages.js";
import { setUpLive } from "./live/live.js";
import { setUpModes, watchStatus } from "./shared/header.js";
import { Queue } from "./upload/queue.js";
import { QueueList } from "./upload/queue-list.js";
import { setUpTheme } from "./shared/theme.js";
import { setUpUpload } from "./upload/upload.js";
import { View } from "./result/view.js";

const languages = new Languages();
const languageField = new LanguageField(byId("language"), languages);
const queue = new Queue(loadLanguages());
const list = new QueueList(byId("queue-list"), { onSelect: (job) => select(job, true), onRemove: remove });
const views = new Map();
let selected = null;

async function loadLanguages() {
  try {
    languages.fill(await withKey(fetchLanguages));
    byId("language-count").textContent = languages.size;
  } catch {
    // Without the list, "automatic" is the only choice; the rest of the page works.
  }
}

function chosenOptions() {
  return { language: languageField.value, translate: byId("translate").checked, split: byId("split").checked };
}

function announce(text) {
  byId("announcer").textContent = text;
}

function summary({ file, result }) {
  const { language_detection: detection, sentiment, segments } = result;
  if (!segments.length) return `${file.name}: no speech was found.`;
  const language = detection?.abstained
    ? "Its language is uncertain."
    : detection && `${languages.find(detection.language).name}, ${percent(detection.confidence)} sure.`;
  const overall = sentiment && `Overall sentiment: ${sentiment.average.label}.`;
  return [`${file.name} is transcribed.`, language, overall].filter(Boolean).join(" ");
}

function onChange(job, before) {
  if (job.state === before) return;
  if (job.state === "uploading") announce(`Uploading ${job.file.name}`);
  if (job.state === "recognising") announce(`Recognising ${job.file.name}`);
  if (job.state === "done") announce(summary(job));
  if (job.state === "failed") announce(`${job.file.name} couldn't be transcribed. ${job.error.message}`);
  // The focused button may have been removed with the progress bar.
  const focus = document.activeElement;
  const isLost = focus === document.body || !focus.checkVisibility();
  if (isLost && job === selected && !job.isActive) views.get(job).title.focus({ preventScroll: true });
}

function add(files) {
  if (byId("file-mode").hidden) location.hash = "file-mode";
  const jobs = files.map((file) => queue.add(file, chosenOptions()));
  for (const job of jobs) {
    let before = job.state;
    const view = new View(job, languages, { onAgain: again, onRemove: remove });
    views.set(job, view);
    view.hide();
    byId("stage").append(view.element);
    job.addEventListener("change", () => {
      onChange(job, before);
      before = job.state;
    });
  }
  if (!selected?.isActive) select(jobs[0], false);
  queue.start();
}

function again(job) {
  job.again(chosenOptions());
  queue.start();
}

function select(job, takeFocus) {
  if (selected && selected !== job) views.get(selected)?.hide();
  selected = job;
  list.select(job);
  if (!job) return;
  views.get(job).element.hidden = false;
  if (takeFocus) views.get(job).title.focus({ preventScroll: innerWidth > 860 });
}

function remove(job) {
  const place = queue.jobs.indexOf(job);
  queue.remove(job);
  views.get(job).close();
  views.delete(job);
  if (job === selected) select(queue.jobs[Math.min(place, queue.jobs.length - 1)] ?? null, false);
  if (!queue.jobs.length) byId("files").focus();
}

queue.addEventListener("change", () => {
  const isEmpty = queue.jobs.length === 0;
  byId("file-mode").classList.toggle("is-empty", isEmpty);
  byId("queue").hidden = byId("stage").hidden = isEmpty;
  list.show(queue.jobs);
  list.select(selected);
});

const command = `curl ${location.origin}/v1/audio/transcriptions -F response_format=verbose_json -F file=@speech.mp3`;
byId("curl").textContent = command;
byId("copy-curl").addEventListener("click", async ({ target }) => {
  await navigator.clipboard.writeText(command);
  target.textContent = "Copied";
});

setUpModes(byId("modes"));
setUpTheme(byId("theme"));
setUpChorus(byId("chorus"));
setUpLive(languages, { announce, onRecording: (file) => add([file]) });
setUpUpload(byId("files"), byId("veil"), add);
watchStatus(byId("status"));
