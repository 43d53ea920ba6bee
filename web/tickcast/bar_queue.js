/** @typedef {import("./types.js").Bar} Bar */

/** Bars that are kept until they are painted: a hidden tab may wait for hours. */
const MAX_QUEUED = 5_000;

/** Bars in the order in which they came; a bar that came again only in its last state. */
export class BarQueue {
  /** Whether the oldest bars were discarded since the last `take`. */
  overflowed = false;
  /** @type {Map<string, Bar>} */
  #bars = new Map();
  /** The keys of each symbol's bars: thousands of symbols may leave, with thousands of bars in the queue.
   * @type {Map<string, Set<string>>} */
  #keys = new Map();

  /** @param {Bar} bar */
  add(bar) {
    const key = `${bar.S} ${bar.i} ${bar.t}`;
    this.#bars.delete(key);
    this.#bars.set(key, bar);
    const keys = this.#keys.get(bar.S) ?? new Set();
    this.#keys.set(bar.S, keys.add(key));
    if (this.#bars.size > MAX_QUEUED) this.#discardOldest();
  }

  #discardOldest() {
    for (const [key, { S }] of this.#bars) {
      this.#bars.delete(key);
      const keys = this.#keys.get(S);
      keys?.delete(key);
      if (!keys?.size) this.#keys.delete(S);
      break;
    }
    this.overflowed = true;
  }

  /**
   * Forget the bars of a symbol.
   *
   * @param {string} symbol
   */
  forget(symbol) {
    for (const key of this.#keys.get(symbol) ?? []) this.#bars.delete(key);
    this.#keys.delete(symbol);
  }

  /** Return all bars, and forget them. */
  take() {
    const bars = [...this.#bars.values()];
    this.#bars.clear();
    this.#keys.clear();
    this.overflowed = false;
    return bars;
  }
}
