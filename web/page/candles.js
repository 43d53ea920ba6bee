/** The bars of one symbol and interval: history and live bars, in one order. Pure. */

/** @typedef {import("../tickcast.js").Bar} Bar */

import { decimals } from "./numbers.js";

/** Bars that are held; older ones are discarded. */
const HELD = 2000;

export class Candles {
  /** @type {Bar[]} oldest first, one per start */
  bars = [];
  /** Most digits after the point of any price so far. */
  digits = 0;
  /** Number of live bars so far; note it when a request for history begins, for `merge`. */
  came = 0;
  /** @type {WeakMap<Bar, number>} `came` when each bar came */
  #arrivals = new WeakMap();
  /** @type {WeakSet<Bar>} bars that any later state replaces */
  #freed = new WeakSet();

  get last() {
    return this.bars.at(-1);
  }

  /**
   * Return the bars that began at `t` or later.
   *
   * @param {number} t µs since the epoch
   */
  since(t) {
    return this.bars.slice(this.bars.findLastIndex((bar) => bar.t < t) + 1);
  }

  /**
   * Add a live bar. Return what has changed: `last`: the newest bar, or there is a later one; `all`: an earlier bar.
   *
   * @param {Bar} bar
   * @returns {"last" | "all" | "nothing"}
   */
  add(bar) {
    this.#arrivals.set(bar, ++this.came);
    this.#measure(bar);
    const { bars, last } = this;
    if (!last || bar.t > last.t) {
      bars.push(bar);
      if (bars.length > HELD) bars.shift();
      return "last";
    }
    if (bar.t < last.t && bar.q > last.q) {
      // The clock was set back, or a recording has started over. Gateways discard the later bars too.
      this.bars = [...bars.filter(({ t }) => t < bar.t), bar];
      return "all";
    }
    const place = bars.findLastIndex(({ t }) => t <= bar.t);
    if (bars[place]?.t !== bar.t) bars.splice(place + 1, 0, bar);
    // A bar comes again and again while it forms; the one with more ticks is newer.
    else if (bar.q > bars[place].q || this.#freed.has(bars[place])) bars[place] = bar;
    else return "nothing";
    return bar.t === last.t ? "last" : "all";
  }

  /** Let any later state of a bar replace the one held: the feed has lost ticks, and `q` may have gone back. */
  free() {
    for (const bar of this.bars) this.#freed.add(bar);
  }

  /**
   * Add history. Live bars that came since it was requested stay. Earlier ones stay only if they are older than all
   * of it: within its range, history is right.
   *
   * @param {Bar[]} history
   * @param {number} [since] `came` when history was requested
   */
  merge(history, since = 0) {
    const held = this.bars;
    const first = history[0]?.t ?? Infinity;
    const fresh = held.filter((bar) => bar.t >= first && (this.#arrivals.get(bar) ?? 0) > since);
    history.forEach((bar) => this.#measure(bar));
    this.bars = [...held.filter(({ t }) => t < first), ...history].slice(-HELD);
    for (const bar of fresh) this.add(bar);
  }

  /** @param {Bar} bar */
  #measure({ o, h, l, c }) {
    this.digits = Math.max(this.digits, ...[o, h, l, c].map(decimals));
  }
}
