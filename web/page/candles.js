/** The bars of one symbol and interval: history and what comes live, in one order. Pure. */

/** @typedef {import("../tickcast.js").Bar} Bar */

/** Bars held; the oldest go. */
const HELD = 2000;

export class Candles {
  /** @type {Bar[]} oldest first, one each start */
  bars = [];

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
    const { bars, last } = this;
    if (!last || bar.t > last.t) {
      bars.push(bar);
      if (bars.length > HELD) bars.shift();
      return "last";
    }
    const place = bars.findLastIndex(({ t }) => t <= bar.t);
    if (bars[place]?.t !== bar.t) bars.splice(place + 1, 0, bar);
    // The same bar comes again and again while it forms; the one that saw more ticks is the newer.
    else if (bar.q > bars[place].q) bars[place] = bar;
    else return "nothing";
    return bar.t === last.t ? "last" : "all";
  }

  /**
   * Take in history, which may overlap with what has come live.
   *
   * @param {Bar[]} history
   */
  merge(history) {
    const live = this.bars;
    this.bars = history.slice(-HELD);
    for (const bar of live) this.add(bar);
  }
}
