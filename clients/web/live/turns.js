// The turns of a live session, updated by its events.

const PREFIX = "conversation.item.input_audio_transcription.";

/** A turn. `state`: open, done, failed (with `error`), or cut by a lost connection. */
function newTurn(id, start) {
  return { id, start, end: start, state: "open", text: "", pending: "", language: "", lag: 0, segments: [], words: [], suppressed: [], warnings: [] };
}

function moved(entries, seconds) {
  return (entries ?? []).map((each) => ({ ...each, start: each.start + seconds, end: each.end + seconds }));
}

export class Turns {
  /** Turns by their start. */
  list = [];
  /** Suppressed text of turns that were dropped. */
  suppressed = [];
  #byItem = new Map();

  get open() {
    return this.list.filter((turn) => turn.state === "open");
  }

  /** The turn that `event` changed, or null. `offset` is added to the event's times, in seconds. */
  read(event, offset) {
    switch (event.type) {
      case "input_audio_buffer.speech_started":
        return this.#find(event.item_id, event.audio_start_ms / 1000 + offset);
      case `${PREFIX}delta`:
        return this.#addText(this.#find(event.item_id, offset), event, offset);
      case `${PREFIX}completed`:
        return this.#complete(this.#find(event.item_id, offset), event, offset);
      case `${PREFIX}failed`:
        return this.#end(this.#find(event.item_id, offset), "failed", event.error);
      default:
        return null;
    }
  }

  /** Ends the open turns after a lost connection; their text so far is kept. */
  cut() {
    return this.open.map((turn) => this.#end(turn, "cut"));
  }

  #find(id, start) {
    let turn = this.#byItem.get(id);
    if (!turn) {
      turn = newTurn(id, start);
      this.#byItem.set(id, turn);
      this.list.push(turn);
    }
    return turn;
  }

  #addText(turn, event, offset) {
    turn.text += event.delta;
    turn.pending = event.pending;
    turn.language = event.language;
    turn.end = event.transcribed_until_ms / 1000 + offset;
    turn.lag = event.lag_ms / 1000;
    return turn;
  }

  #complete(turn, event, offset) {
    Object.assign(turn, {
      state: "done",
      start: event.audio_start_ms / 1000 + offset,
      end: event.audio_end_ms / 1000 + offset,
      text: event.transcript,
      pending: "",
      language: event.languages[0]?.code ?? turn.language,
      detection: event.language_detection ?? null,
      sentiment: event.sentiment ?? null,
      segments: moved(event.segments, offset),
      words: moved(event.words, offset),
      suppressed: moved(event.suppressed, offset),
      warnings: event.warnings ?? [],
      lag: event.lag_ms / 1000,
    });
    return turn.text.trim() ? turn : this.#drop(turn);
  }

  #end(turn, state, error = null) {
    Object.assign(turn, { state, error, text: turn.text + turn.pending, pending: "" });
    return turn.text.trim() || error ? turn : this.#drop(turn);
  }

  /** Drops a turn without text, such as a cough. */
  #drop(turn) {
    turn.state = "dropped";
    this.suppressed.push(...turn.suppressed);
    this.list = this.list.filter((each) => each !== turn);
    return turn;
  }
}
