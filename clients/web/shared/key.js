// The API key: requested in the page when the server needs one, stored for this tab only.
import { byId } from "./dom.js";

const STORE = "sentivox-key";
let inMemory = null;
let asking = null;

export function currentKey() {
  try {
    return sessionStorage.getItem(STORE) ?? inMemory;
  } catch {
    return inMemory;
  }
}

function keep(key) {
  inMemory = key;
  try {
    sessionStorage.setItem(STORE, key);
  } catch {
    // Without storage the key is kept until the page is closed.
  }
}

function ask(message) {
  asking ??= new Promise((resolve) => {
    const form = byId("key");
    const field = byId("key-field");
    byId("key-help").textContent = message;
    form.hidden = false;
    field.value = "";
    field.focus();
    form.onsubmit = (event) => {
      event.preventDefault();
      keep(field.value.trim());
      form.hidden = true;
      asking = null;
      resolve();
    };
  });
  return asking;
}

/** Runs `call`; while the key is missing or wrong, asks for one and runs `call` again. */
export async function withKey(call) {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!error.asksForKey) throw error;
      await ask(error.message);
    }
  }
}
