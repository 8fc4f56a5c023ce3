// The public API, and nothing but it.
import { currentKey } from "./key.js";

const BROKEN_OFF =
  "The connection broke before the answer was complete. Check that the server is running and that the file isn't larger than it takes, then try again.";

/** What went wrong as a sentence; `status` is 0 when no answer came. */
export class ApiError extends Error {
  constructor({ message, code = null, status = 0, retryAfter = null }) {
    super(message);
    Object.assign(this, { code, status, retryAfter });
  }

  get asksForKey() {
    return this.status === 401 || this.code === "invalid_api_key";
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
    return new ApiError({ message: `The server answered ${status} and didn't say why. Try again in a moment.`, status });
  }
}

/** [{code, name, native_name, family}] */
export async function languages() {
  let answer;
  try {
    answer = await fetch("/v1/languages", { headers: headers() });
  } catch {
    throw new ApiError({ message: BROKEN_OFF });
  }
  if (!answer.ok) throw errorFrom(answer.status, await answer.text());
  return (await answer.json()).data;
}

/** Whether every stage that is needed can answer; false too when nothing answers. */
export async function ready() {
  try {
    return (await fetch("/ready")).ok;
  } catch {
    return false;
  }
}

function formFor(file, { language, translate, split }) {
  const form = new FormData();
  form.set("model", "auto");
  form.set("response_format", "verbose_json");
  form.append("timestamp_granularities[]", "segment");
  form.append("timestamp_granularities[]", "word");
  form.set("sentiment", "true");
  form.set("lid[top_k]", "5");
  form.set("stream", "true");
  if (language) form.set("language", language);
  if (split) form.set("channels", "split");
  form.set("file", file, file.name);
  return { form, path: translate ? "/v1/audio/translations" : "/v1/audio/transcriptions" };
}

/** Feeds the events of a growing response body to `onEvent`, each once. */
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
 * One request: uploads `file`, tells of segments as they are recognised, and resolves to the body
 * of `transcript.text.done`, which has everything that `verbose_json` has.
 *
 * XMLHttpRequest, because fetch can't say how much has been uploaded.
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
      else reject(new ApiError({ message: BROKEN_OFF }));
    };
    request.onerror = () => reject(new ApiError({ message: BROKEN_OFF }));
    request.onabort = () => reject(new Cancelled());
    signal.addEventListener("abort", () => request.abort(), { once: true });

    request.open("POST", path);
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.send(form);
  });
}
