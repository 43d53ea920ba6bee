/** The bars of one symbol and interval: history and what comes live, in one order. Pure. */

/** @typedef {import("../tickcast.js").Bar} Bar */

import { decimals } from "./numbers.js";

/** Bars held; the oldest go. */
const HELD = 2000;

export class Candles {
  /** @type {Bar[]} oldest first, one each start */
  bars = [];
  /** Digits after the point, at most, of the prices that it has had. */
  digits = 0;
  /** Bars that have come live; a reading of history notes when it began, for `merge`. */
  came = 0;
  /** @type {WeakMap<Bar, number>} which one of them each was */
  #arrivals = new WeakMap();

  get last() {
    return this.bars.at(-1);
  }

  /**
   * Take in a bar. Tell what of it is new: `last`, the newest bar or a later one; `all`, one before it.
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
      // The clock was set back, or a recording begun again: gateways forget what is later, too.
      this.bars = [...bars.filter(({ t }) => t < bar.t), bar];
      return "all";
    }
    const place = bars.findLastIndex(({ t }) => t <= bar.t);
    if (bars[place]?.t !== bar.t) bars.splice(place + 1, 0, bar);
    // The same bar comes again and again while it forms; the one that saw more ticks is the newer.
    else if (bar.q > bars[place].q) bars[place] = bar;
    else return "nothing";
    return bar.t === last.t ? "last" : "all";
  }

  /**
   * Take in history. It may overlap with what has come live since it was asked for; what came before and is
   * not in it is no more, but for what is older than all of it.
   *
   * @param {Bar[]} history
   * @param {number} [since] `came`, as it was then
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
