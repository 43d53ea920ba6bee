/** @typedef {import("./types.js").Bar} Bar */

/** The newest bar of each symbol and interval. */
export class NewestBars {
  /** By symbol, then by interval.
   * @type {Map<string, Map<string, Bar>>} */
  #bars = new Map();

  /** @returns {Bar[]} */
  get all() {
    return [...this.#bars.values()].flatMap((own) => [...own.values()]);
  }

  /**
   * Hold a bar. Return whether it differs from the one held before.
   *
   * @param {Bar} bar
   */
  put(bar) {
    const own = this.#bars.get(bar.S) ?? new Map();
    this.#bars.set(bar.S, own);
    const held = own.get(bar.i);
    own.set(bar.i, bar);
    return !held || held.q !== bar.q || held.t !== bar.t;
  }

  /** Forget the bars of a symbol. @param {string} symbol */
  forget(symbol) {
    this.#bars.delete(symbol);
  }

  /**
   * Forget all other bars.
   *
   * @param {(bar: Bar) => boolean} stays
   */
  keep(stays) {
    for (const [symbol, own] of this.#bars) {
      for (const [interval, bar] of own) if (!stays(bar)) own.delete(interval);
      if (!own.size) this.#bars.delete(symbol);
    }
  }

  /** Forget all bars. */
  clear() {
    this.#bars.clear();
  }
}
