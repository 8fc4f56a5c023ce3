// One tab stop for a list of rows: Tab reaches one control, the arrow keys move to all others.

const ROWS = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
const COLUMNS = { ArrowRight: 1, ArrowLeft: -1 };

export class RovingFocus {
  #list;
  #selector;
  #stop = null;

  /**
   * @param list whose children are the rows
   * @param selector of the controls in a row; each is added by `add`
   */
  constructor(list, selector) {
    this.#list = list;
    this.#selector = selector;
    list.addEventListener("keydown", (event) => this.#onKey(event));
    list.addEventListener("focusin", ({ target }) => target.matches(selector) && this.#moveStop(target));
  }

  /** Takes the controls of a new or changed row out of the order of Tab. */
  add(row) {
    for (const control of this.#controls(row)) control.tabIndex = control === this.#stop ? 0 : -1;
    if (!this.#stop?.isConnected || !this.#list.contains(this.#stop)) this.#moveStop(this.#controls(row)[0] ?? null);
  }

  /** Makes a row the one that Tab reaches, while the focus is elsewhere. */
  setCurrent(row) {
    if (!this.#list.contains(document.activeElement)) this.#moveStop(this.#controls(row)[0] ?? this.#stop);
  }

  #controls(row) {
    return [...row.querySelectorAll(this.#selector)];
  }

  #moveStop(control) {
    if (control === this.#stop) return;
    if (this.#stop) this.#stop.tabIndex = -1;
    if (control) control.tabIndex = 0;
    this.#stop = control;
  }

  #onKey(event) {
    if (!event.target.matches(this.#selector) || event.ctrlKey || event.altKey || event.metaKey) return;
    const next = this.#next(event.key, event.target);
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  /** The control that a key leads to, or undefined. */
  #next(key, control) {
    const rows = [...this.#list.children].map((row) => this.#controls(row)).filter((controls) => controls.length);
    const at = rows.findIndex((controls) => controls.includes(control));
    const column = rows[at].indexOf(control);
    const inRow = (place) => {
      const controls = rows[Math.max(0, Math.min(place, rows.length - 1))];
      return controls[column] ?? controls[0];
    };
    if (key in ROWS) return inRow(at + ROWS[key]);
    if (key in COLUMNS) return rows[at][column + COLUMNS[key]];
    if (key === "Home") return inRow(0);
    return key === "End" ? inRow(rows.length - 1) : undefined;
  }
}
