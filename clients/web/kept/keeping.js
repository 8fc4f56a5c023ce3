// Between jobs and what is kept of them on the device.
import { languageShares } from "../result/cards/language-shares.js";
import { partialResult } from "../result/partial.js";
import { Job } from "../upload/job.js";
import { store } from "./store.js";

// Larger sound isn't kept: browsers give a page a limited space.
const MOST_SOUND_BYTES = 200e6;

/** An id that no other kept result has; `crypto.randomUUID` exists on secure addresses only. */
export function newId() {
  return `${Date.now()}-${Math.random().toString(36).slice(2)}`;
}

function entryOf(id, name, result, hasSound) {
  return {
    id,
    name,
    keptAt: Date.now(),
    duration: result.duration,
    languages: languageShares(result).map(({ language }) => language),
    hasSound,
  };
}

/** Keeps a result; returns {id, hasSound}, or null where the browser keeps nothing. */
async function put(id, name, body) {
  for (const file of body.file ? [body.file, null] : [null]) {
    try {
      await store.put(entryOf(id, name, body.result, file !== null), { ...body, file });
      return { id, hasSound: file !== null };
    } catch {
      // Without space for the sound, the text may still be kept.
    }
  }
  return null;
}

/**
 * Keeps the result of a job on the device, in place of an earlier one with this id. Of a job that
 * failed midway what was recognised is kept, until a later try has the result.
 */
export async function keep(job, id = job.partialId ?? newId()) {
  const result = job.result ?? partialResult(job);
  if (!result.segments.length) return;
  job.partialId = job.result ? null : id;
  const { file, options, took, state } = job;
  const sound = job.hasSound && file.size <= MOST_SOUND_BYTES ? file : null;
  const kept = await put(id, file.name, { result, options, took, file: sound });
  // It may have been transcribed again in the meantime.
  if (job.state === state) job.update({ kept: kept ?? { id: null, hasSound: false } });
}

/** Keeps the text of a session that isn't over, without its sound. */
export async function keepText(id, name, result) {
  if (result.segments.length) await put(id, name, { result, options: {}, took: null, file: null });
}

/** A finished job of what was kept; null if it was forgotten in the meantime. */
export async function kept({ id, name, hasSound }) {
  const body = await store.get(id);
  if (!body) return null;
  const job = new Job(body.file ?? new File([], name), body.options);
  job.update({ state: "done", result: body.result, took: body.took, kept: { id, hasSound } });
  return job;
}
