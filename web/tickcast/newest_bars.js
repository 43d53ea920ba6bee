/** @typedef {import("./types.js").Bar} Bar */

/** The newest bar of each symbol and interval. */
export class NewestBars {
  /** @type {Map<string, Bar>} */
  #bars = new Map();

  /** @returns {Bar[]} */
  get all() {
    return [...this.#bars.values()];
  }

  /**
   * Hold a bar. Return whether it differs from the one held before.
   *
   * @param {Bar} bar
   */
  put(bar) {
    const key = `${bar.S} ${bar.i}`;
    const held = this.#bars.get(key);
    this.#bars.set(key, bar);
    return !held || held.q !== bar.q || held.t !== bar.t;
  }

  /**
   * Forget all other bars.
   *
   * @param {(bar: Bar) => boolean} stays
   */
  keep(stays) {
    for (const [key, bar] of this.#bars) if (!stays(bar)) this.#bars.delete(key);
  }
}
