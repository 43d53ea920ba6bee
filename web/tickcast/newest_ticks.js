/** @typedef {import("./types.js").Tick} Tick */

/** The newest tick of each symbol of one tab, and those that changed since they were last taken. */
export class Newest {
  /** @type {Map<string, Tick>} */
  ticks = new Map();
  /** @type {Map<string, Tick>} */
  #changed = new Map();

  /** @param {Tick} tick that is newer, or right for another reason */
  put(tick) {
    this.ticks.set(tick.S, tick);
    this.#changed.set(tick.S, tick);
  }

  /** @param {string} symbol */
  forget(symbol) {
    this.ticks.delete(symbol);
    this.#changed.delete(symbol);
  }

  /** Return the changed ones, and forget that they changed. */
  take() {
    const changed = [...this.#changed.values()];
    this.#changed.clear();
    return changed;
  }
}
