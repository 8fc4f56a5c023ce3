// Results kept in this browser's IndexedDB: what a list shows of each, and the result with its sound.

const NAME = "sentivox";
const ENTRIES = "entries";
const RESULTS = "results";

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function committed(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Dispatches "change" when something was kept or forgotten, and "forget" with an id, or null for all. */
export class Store extends EventTarget {
  #database = null;

  /** Entries {id, name, keptAt, duration, languages, hasSound}, the newest first. */
  async list() {
    const database = await this.#open();
    const entries = await settled(database.transaction(ENTRIES).objectStore(ENTRIES).getAll());
    return entries.sort((one, other) => other.keptAt - one.keptAt);
  }

  /** {id, result, options, took, file}, or undefined; `file` is null where there was no space. */
  async get(id) {
    const database = await this.#open();
    return settled(database.transaction(RESULTS).objectStore(RESULTS).get(id));
  }

  /** Keeps a result; in place of one with the same id. */
  put(entry, body) {
    return this.#write((entries, results) => {
      entries.put(entry);
      results.put({ id: entry.id, ...body });
    });
  }

  async forget(id) {
    await this.#write((entries, results) => {
      entries.delete(id);
      results.delete(id);
    });
    this.dispatchEvent(new CustomEvent("forget", { detail: id }));
  }

  async forgetAll() {
    await this.#write((entries, results) => {
      entries.clear();
      results.clear();
    });
    this.dispatchEvent(new CustomEvent("forget", { detail: null }));
  }

  async #write(change) {
    const database = await this.#open();
    const transaction = database.transaction([ENTRIES, RESULTS], "readwrite");
    change(transaction.objectStore(ENTRIES), transaction.objectStore(RESULTS));
    await committed(transaction);
    this.dispatchEvent(new Event("change"));
  }

  #open() {
    this.#database ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(ENTRIES, { keyPath: "id" });
        request.result.createObjectStore(RESULTS, { keyPath: "id" });
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return this.#database;
  }
}

/** The store of this page. */
export const store = new Store();
