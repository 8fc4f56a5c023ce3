// The Live mode: transcription of a microphone, or of a file that is streamed.
import { setUpChorus } from "../shared/chorus.js";
import { byId, element } from "../shared/dom.js";
import { keep, keepText, newId } from "../kept/keeping.js";
import { FileStream } from "./file-stream.js";
import { LanguageField } from "../shared/languages.js";
import { LiveBoard } from "./board.js";
import { resultOf } from "./result.js";
import { LiveSession } from "./session.js";
import { Microphone } from "./microphone.js";
import { Job } from "../upload/job.js";
import { View } from "../result/view.js";

const OVER = new Set([undefined, "idle", "done"]);

function recordingName({ isFile, name }) {
  if (isFile) return `${name.replace(/\.[^.]+$/, "")}.wav`;
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  return `Live ${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())} ${two(now.getHours())}.${two(now.getMinutes())}.wav`;
}

class Live {
  #languages;
  #actions;
  #field;
  #session = null;
  #board = null;
  #view = null;
  /** Under which the session is kept on the device. */
  #kept = { id: "", name: "" };
  /** Ends when everything so far is kept: in order, so that nothing earlier replaces the result. */
  #keeping = Promise.resolve();

  constructor(languages, actions) {
    this.#languages = languages;
    this.#actions = actions;
    this.#field = new LanguageField(byId("live-language"), languages);
    setUpChorus(byId("live-chorus"));
    byId("live-start").addEventListener("click", () => this.#start(new Microphone()));
    byId("live-file").addEventListener("change", ({ target }) => {
      const [file] = target.files;
      // Emptied, so that choosing the same file again is another "change".
      target.value = "";
      if (file) this.#start(new FileStream(file));
    });
    byId("live-anew").addEventListener("click", () => this.#anew());
    addEventListener("beforeunload", (event) => OVER.has(this.#session?.state) || event.preventDefault());
  }

  #start(source) {
    if (!OVER.has(this.#session?.state)) return;
    const session = new LiveSession(source);
    this.#session = session;
    this.#kept = { id: newId(), name: recordingName(source) };
    byId("live-problem").replaceChildren();
    const resume = () => session.start(this.#field.value);
    const actions = { onPause: () => session.pause(), onResume: resume, onStop: () => session.stop() };
    this.#board = new LiveBoard(session, this.#languages, this.#kept.name, actions);
    session.addEventListener("state", () => this.#onState(session));
    session.addEventListener("turn", ({ detail }) => this.#onTurn(session, detail));
    byId("live-stage").replaceChildren(this.#board.element);
    resume();
  }

  #onState({ state, problem }) {
    const mode = byId("live-mode");
    mode.dataset.state = state;
    mode.classList.toggle("is-empty", state === "idle");
    if (state === "idle") this.#explain(problem);
    if (state === "done") this.#showResult();
    // The focused button may have been removed.
    const focus = document.activeElement;
    const isLost = focus === document.body || !focus.checkVisibility();
    if (!isLost || mode.hidden || state === "done") return;
    if (state === "idle") byId("live-start").focus();
    else this.#board.focus();
  }

  /** Keeps the text after every turn, so that a crash of the browser loses the sound at most. */
  #onTurn({ turns, recording }, { state, text, sentiment }) {
    if (state !== "done") return;
    this.#actions.announce(`${text.trim()} ${sentiment?.label ?? ""}`);
    const { id, name } = this.#kept;
    this.#keeping = this.#keeping.then(() => keepText(id, name, resultOf(turns, recording, this.#languages)));
  }

  #explain(problem) {
    this.#board.close();
    if (!problem) return;
    byId("live-problem").replaceChildren(
      element("div", { class: "notice bad", role: "alert" }, element("p", { class: "notice-title" }, "Live didn't start"), element("p", {}, problem.message)),
    );
  }

  #showResult() {
    const { turns, recording } = this.#session;
    const { id, name } = this.#kept;
    this.#board.close();
    const job = new Job(recording.file(name), { language: this.#field.value });
    job.update({ state: "done", result: resultOf(turns, recording, this.#languages) });
    this.#keeping = this.#keeping.then(() => keep(job, id));
    this.#view = new View(job, this.#languages, { onAgain: () => this.#actions.onRecording(job.file), onRemove: () => this.#anew(), againHint: "as a file, with all of its context" });
    byId("live-stage").replaceChildren(this.#view.element);
    scrollTo({ top: 0 });
    this.#view.title.focus({ preventScroll: true });
  }

  #anew() {
    this.#view?.close();
    this.#view = this.#session = null;
    byId("live-mode").dataset.state = "idle";
    byId("live-mode").classList.add("is-empty");
    byId("live-start").focus();
  }
}

/** @param actions {announce(text), onRecording(File) to transcribe a session as a file} */
export function setUpLive(languages, actions) {
  return new Live(languages, actions);
}
