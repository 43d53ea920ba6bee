/** @typedef {import("./types.js").Tick} Tick */

/** The newest tick of each symbol of one tab, and which of them changed since they were last taken. */
export class NewestTicks {
  /** @type {Map<string, Tick>} */
  ticks = new Map();
  /** @type {Map<string, Tick>} */
  #changed = new Map();

  /** @param {Tick} tick which replaces the one held */
  put(tick) {
    this.ticks.set(tick.S, tick);
    this.#changed.set(tick.S, tick);
  }

  /** @param {string} symbol */
  forget(symbol) {
    this.ticks.delete(symbol);
    this.#changed.delete(symbol);
  }

  /** Return the ticks that changed since the last call. */
  take() {
    const changed = [...this.#changed.values()];
    this.#changed.clear();
    return changed;
  }
}
