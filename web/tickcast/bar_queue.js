/** @typedef {import("./types.js").Bar} Bar */

/** Bars that are kept until they are painted: a hidden tab may wait for hours. */
const MAX_QUEUED = 5_000;

/** Bars in the order in which they came; a bar that came again only in its last state. */
export class BarQueue {
  /** Whether the oldest bars were discarded since the last `take`. */
  overflowed = false;
  /** @type {Map<string, Bar>} */
  #bars = new Map();

  /** @param {Bar} bar */
  add(bar) {
    const key = `${bar.S} ${bar.i} ${bar.t}`;
    this.#bars.delete(key);
    this.#bars.set(key, bar);
    if (this.#bars.size <= MAX_QUEUED) return;
    const [oldest] = this.#bars.keys();
    this.#bars.delete(oldest);
    this.overflowed = true;
  }

  /**
   * Forget the bars of a symbol.
   *
   * @param {string} symbol
   */
  forget(symbol) {
    for (const [key, bar] of this.#bars) if (bar.S === symbol) this.#bars.delete(key);
  }

  /** Return all bars, and forget them. */
  take() {
    const bars = [...this.#bars.values()];
    this.#bars.clear();
    this.overflowed = false;
    return bars;
  }
}
