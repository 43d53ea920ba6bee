/** @typedef {import("./types.js").Bar} Bar */

/** Bars that are kept until they are painted: a hidden tab may wait for hours. */
const MOST = 5_000;

/** Bars in the order in which they came; of one that came again, its last state. */
export class BarQueue {
  /** Whether older ones had to go since the last `take`. */
  overran = false;
  /** @type {Map<string, Bar>} */
  #bars = new Map();

  /** @param {Bar} bar */
  add(bar) {
    const key = `${bar.S} ${bar.i} ${bar.t}`;
    this.#bars.delete(key);
    this.#bars.set(key, bar);
    if (this.#bars.size <= MOST) return;
    const [oldest] = this.#bars.keys();
    this.#bars.delete(oldest);
    this.overran = true;
  }

  /** Return all, and forget them. */
  take() {
    const bars = [...this.#bars.values()];
    this.#bars.clear();
    this.overran = false;
    return bars;
  }
}
