// The languages, and a field to search for one (an ARIA combobox with a list box).
import { element } from "./dom.js";
import { capitalised } from "./format.js";

const AUTOMATIC = { code: "", name: "Automatic", native_name: "Automatic", hint: "detected" };

const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export class Languages {
  #byCode = new Map();

  /** @param list [{code, name, native_name}] of GET /v1/languages */
  fill(list) {
    const entries = list.map((each) => ({ ...each, name: capitalised(each.name) }));
    this.#byCode = new Map(entries.map((each) => [each.code, each]));
  }

  get size() {
    return this.#byCode.size;
  }

  /** {code, name, native_name}; an unknown code is its own name. */
  find(code) {
    return this.#byCode.get(code) ?? { code, name: code, native_name: code };
  }

  /** Code of an English name in any case, as in `verbose_json`; "" for an unknown name. */
  codeOf(name) {
    const wanted = name?.toLowerCase();
    return [...this.#byCode.values()].find((each) => each.name.toLowerCase() === wanted)?.code ?? "";
  }

  /** Languages with `query` in a name or the code; those that begin with it come first. */
  search(query) {
    const wanted = folded(query.trim());
    const all = [AUTOMATIC, ...[...this.#byCode.values()].sort((a, b) => a.name.localeCompare(b.name))];
    if (!wanted) return all;
    const names = (each) => [each.name, each.native_name, each.code].map(folded);
    const starts = (each) => names(each).some((name) => name.startsWith(wanted));
    const found = all.filter((each) => names(each).some((name) => name.includes(wanted)));
    return [...found.filter(starts), ...found.filter((each) => !starts(each))];
  }
}

export class LanguageField {
  #languages;
  #input;
  #list;
  #found = [];
  #active = -1;
  #chosen = AUTOMATIC;

  constructor(root, languages) {
    this.#languages = languages;
    this.#input = root.querySelector("input");
    this.#list = root.querySelector("[role=listbox]");
    this.#input.addEventListener("focus", () => this.#input.select());
    this.#input.addEventListener("click", () => this.#open(""));
    this.#input.addEventListener("input", () => this.#open(this.#input.value));
    this.#input.addEventListener("keydown", (event) => this.#onKey(event));
    this.#input.addEventListener("blur", () => this.#close());
    // A press on the list must not move the focus, or the list would close before the click.
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#list.addEventListener("click", (event) => this.#onClick(event));
    this.#close();
  }

  /** The chosen code, or "" for automatic. */
  get value() {
    return this.#chosen.code;
  }

  #open(query) {
    this.#found = this.#languages.search(query);
    this.#list.replaceChildren(...this.#found.map((each, place) => this.#option(each, place)));
    if (!this.#found.length) this.#list.append(element("li", { class: "nothing" }, "No such language"));
    this.#list.hidden = false;
    const space = innerHeight - this.#input.getBoundingClientRect().bottom - 24;
    this.#list.style.maxBlockSize = `${Math.min(304, Math.max(180, space))}px`;
    this.#input.setAttribute("aria-expanded", "true");
    this.#activate(query ? 0 : this.#found.findIndex(({ code }) => code === this.value));
  }

  #option(each, place) {
    const second = each.hint ?? (each.native_name === each.name ? "" : each.name);
    return element(
      "li",
      { role: "option", id: `${this.#list.id}-${place}`, "aria-selected": String(each.code === this.value) },
      element("span", { lang: each.code || "en", dir: "auto" }, each.native_name),
      element("span", { class: "quiet" }, second),
    );
  }

  #activate(place) {
    this.#list.querySelector(".active")?.classList.remove("active");
    this.#active = Math.max(-1, Math.min(place, this.#found.length - 1));
    const option = this.#found.length ? this.#list.children[this.#active] : null;
    if (!option) return this.#input.removeAttribute("aria-activedescendant");
    option.classList.add("active");
    this.#input.setAttribute("aria-activedescendant", option.id);
    // Not scrollIntoView, which would scroll the page as well.
    const list = this.#list;
    if (option.offsetTop < list.scrollTop) list.scrollTop = option.offsetTop;
    const below = option.offsetTop + option.offsetHeight - list.clientHeight;
    if (below > list.scrollTop) list.scrollTop = below;
  }

  #onKey(event) {
    const isOpen = !this.#list.hidden;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (event.key in steps) {
      event.preventDefault();
      if (isOpen) this.#activate(Math.max(0, this.#active + steps[event.key]));
      else this.#open("");
    } else if (event.key === "Enter" && isOpen) {
      event.preventDefault();
      if (this.#found[this.#active]) this.#choose(this.#found[this.#active]);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      this.#close();
    }
  }

  #onClick(event) {
    const option = event.target.closest("[role=option]");
    if (option) this.#choose(this.#found[[...this.#list.children].indexOf(option)]);
  }

  #choose(language) {
    this.#chosen = language;
    this.#close();
  }

  #close() {
    const { name, native_name: native } = this.#chosen;
    this.#input.value = native === name ? name : `${native} (${name})`;
    this.#list.hidden = true;
    this.#input.setAttribute("aria-expanded", "false");
    this.#input.removeAttribute("aria-activedescendant");
  }
}
