// Client of the server's public API.
import { currentKey } from "./key.js";

const CONNECTION_LOST =
  "The connection broke before the answer was complete. Check that the server is running and that the file isn't too large, then try again.";
const READY_TIMEOUT_MS = 10_000;

/** An error with a sentence for the user; `status` is 0 without a response. */
export class ApiError extends Error {
  constructor({ message, code = null, status = 0, retryAfter = null }) {
    super(message);
    Object.assign(this, { code, status, retryAfter });
  }

  get asksForKey() {
    return this.status === 401 || this.code === "invalid_api_key";
  }

  /** Whether the server is busy or partly down, and the same request may succeed later. */
  get isTemporary() {
    return this.status === 429 || this.status === 503;
  }
}

export class Cancelled extends Error {}

function headers() {
  const key = currentKey();
  return key ? { Authorization: `Bearer ${key}` } : {};
}

function errorFrom(status, body, retryAfter) {
  try {
    const { message, code } = JSON.parse(body).error;
    return new ApiError({ message, code, status, retryAfter });
  } catch {
    return new ApiError({ message: `The server answered with status ${status} and no explanation. Try again in a moment.`, status, retryAfter });
  }
}

async function get(path) {
  let answer;
  try {
    answer = await fetch(path, { headers: headers() });
  } catch {
    throw new ApiError({ message: CONNECTION_LOST });
  }
  if (!answer.ok) throw errorFrom(answer.status, await answer.text());
  return answer.json();
}

/** [{code, name, native_name, family}] */
export async function languages() {
  return (await get("/v1/languages")).data;
}

/** {max_upload_bytes, max_audio_seconds or null, formats} */
export async function uploadLimits() {
  return (await get("/v1/models")).limits;
}

/** {state, message}: ready, waiting for a stage that the message names, or unreachable. */
export async function serverState() {
  try {
    const answer = await fetch("/ready", { signal: AbortSignal.timeout(READY_TIMEOUT_MS) });
    if (answer.ok) return { state: "ready", message: "" };
    const body = await answer.json().catch(() => ({}));
    return { state: "waiting", message: body.error?.message ?? "" };
  } catch {
    return { state: "unreachable", message: "The server doesn't answer." };
  }
}

function formFor(file, { language, translate, split }) {
  const form = new FormData();
  form.set("model", "auto");
  form.set("response_format", "verbose_json");
  form.append("timestamp_granularities[]", "segment");
  form.append("timestamp_granularities[]", "word");
  form.append("include[]", "cues");
  form.set("sentiment", "true");
  form.set("lid[top_k]", "5");
  form.set("stream", "true");
  if (language) form.set("language", language);
  if (split) form.set("channels", "split");
  form.set("file", file, file.name);
  return { form, path: translate ? "/v1/audio/translations" : "/v1/audio/transcriptions" };
}

/** Calls `onEvent` once with each event of a response body that grows. */
function eventReader(onEvent) {
  let read = 0;
  return (body) => {
    for (let end = body.indexOf("\n\n", read); end >= 0; end = body.indexOf("\n\n", read)) {
      const data = body.slice(read, end).replace(/^data: ?/, "");
      read = end + 2;
      if (data && data !== "[DONE]") onEvent(JSON.parse(data));
    }
  };
}

/**
 * Uploads and transcribes `file` in one request; resolves to the body of `transcript.text.done`,
 * which has every field of `verbose_json`.
 *
 * XMLHttpRequest, since fetch doesn't report the progress of an upload.
 *
 * @param {{onUpload(loaded, total), onUploaded(), onSegment(segment)}} listener
 * @throws {ApiError | Cancelled}
 */
export function recognise(file, options, listener, signal) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw new Cancelled();
    const { form, path } = formFor(file, options);
    const request = new XMLHttpRequest();
    let outcome = null;
    const read = eventReader((event) => {
      if (event.error) outcome = () => reject(new ApiError(event.error));
      else if (event.type === "transcript.text.segment") listener.onSegment(event);
      else if (event.type === "transcript.text.done") outcome = () => resolve(event);
    });
    const isOk = () => request.status === 200;

    request.upload.onprogress = (event) => listener.onUpload(event.loaded, event.total);
    request.upload.onload = () => listener.onUploaded();
    request.onprogress = () => isOk() && read(request.responseText);
    request.onload = () => {
      if (!isOk()) {
        const retryAfter = Number(request.getResponseHeader("retry-after")) || null;
        return reject(errorFrom(request.status, request.responseText, retryAfter));
      }
      read(request.responseText);
      if (outcome) outcome();
      else reject(new ApiError({ message: CONNECTION_LOST }));
    };
    request.onerror = () => reject(new ApiError({ message: CONNECTION_LOST }));
    request.onabort = () => reject(new Cancelled());
    signal.addEventListener("abort", () => request.abort(), { once: true });

    request.open("POST", path);
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.send(form);
  });
}
