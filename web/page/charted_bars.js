/** The bars of one symbol at a time: history, read again where that is needed, and continued by live bars. */

import { backOff } from "../tickcast/backoff.js";
import { readBars } from "./bar_history.js";
import { BarRollup } from "./bar_rollup.js";
import { Candles } from "./candles.js";

/** @typedef {import("../tickcast.js").Bar} Bar */
/** @typedef {import("./bar_rollup.js").Interval} Interval */

/** @typedef {"last" | "all" | "other"} Change `last`: the newest bar, or there is a later one; `all`: earlier bars;
 * `other`: these are the bars of another symbol or interval */

export class ChartedBars {
  symbol = "";
  /** @type {Interval} */
  interval = "1m";
  /** Whether the history of a new symbol or interval is still to come. */
  loading = false;
  #candles = new Candles();
  /** @type {BarRollup | undefined} missing: the stream brings bars of the interval itself */
  #rollup;
  /** Number of failed reads of history since the last success, and the timer of the next. */
  #failures = 0;
  #retryTimer = 0;
  /** Start of the newest minute that history was read for because ticks were missing before it, µs. */
  #mended = 0;
  #onChange;
  #limit;

  /**
   * @param {number} limit bars of history that are read
   * @param {(change: Change) => void} onChange called at every change
   */
  constructor(limit, onChange) {
    this.#limit = limit;
    this.#onChange = onChange;
  }

  /** @returns {Bar[]} oldest first */
  get bars() {
    return this.#candles.bars;
  }

  /**
   * Return the bars that began at `t` or later.
   *
   * @param {number} t µs since the epoch
   */
  since(t) {
    return this.#candles.since(t);
  }

  /** Most digits after the point of any price so far. */
  get digits() {
    return this.#candles.digits;
  }

  /**
   * Begin with another symbol or interval, without bars; `refresh` must follow.
   *
   * @param {string} symbol
   * @param {Interval} interval
   */
  begin(symbol, interval) {
    this.symbol = symbol;
    this.interval = interval;
    this.#empty();
    this.loading = symbol !== "";
    this.#onChange("other");
  }

  /** Forget all bars: the symbol has left the feed. */
  leave() {
    this.#empty();
    // If it returns, its first tick is the first of all.
    this.#rollup?.begin(undefined);
    this.loading = false;
    this.#onChange("other");
  }

  #empty() {
    clearTimeout(this.#retryTimer);
    this.#failures = 0;
    this.#candles = new Candles();
    this.#startRollup();
  }

  #startRollup() {
    this.#mended = 0;
    this.#rollup = this.interval === "1s" || this.interval === "1m" ? undefined : new BarRollup(this.interval);
  }

  /** Read history: for a new symbol, and again after a gap. */
  async refresh() {
    const { symbol, interval } = this;
    if (!symbol) return;
    const candles = this.#candles;
    const { came } = candles;
    this.#rollup?.pause();
    const history = await readBars(symbol, interval, this.#limit);
    if (candles !== this.#candles) return;
    clearTimeout(this.#retryTimer);
    if (!history) {
      this.#retryTimer = setTimeout(() => void this.refresh(), backOff(this.#failures++, Math.random()));
      return;
    }
    this.#failures = 0;
    candles.merge(history, came);
    const newest = this.#rollup?.begin(history.at(-1));
    if (newest) candles.add(newest);
    // For a new symbol or interval, scroll to its newest bars once they are all there.
    const change = this.loading ? "other" : "all";
    this.loading = false;
    this.#onChange(change);
  }

  /** Read history again after a gap of the feed: bars may have lost ticks, and `q` may have gone back. */
  async repair() {
    this.#candles.free();
    this.#startRollup();
    await this.refresh();
  }

  /** Read history at once if the last read failed: a gateway is there again. */
  retry() {
    if (this.#failures) void this.refresh();
  }

  /**
   * Take in live bars; those of other symbols and intervals are ignored. Return whether any was of the symbol.
   *
   * @param {Bar[]} bars
   */
  take(bars) {
    const mine = bars.filter(({ S }) => S === this.symbol);
    for (const bar of mine) {
      const newest = this.#rollup ? this.#rollup.add(bar) : bar.i === this.interval ? bar : undefined;
      if (!newest) continue;
      const change = this.#candles.add(newest);
      if (change !== "nothing") this.#onChange(change);
    }
    this.#mend(mine);
    return mine.length > 0;
  }

  /**
   * Read history if ticks are missing between it and the live bars; once a minute, in case history lacks them too.
   *
   * @param {Bar[]} bars
   */
  #mend(bars) {
    const minute = bars.findLast(({ i }) => i === "1m");
    if (!this.#rollup?.broken || !minute || minute.t === this.#mended) return;
    this.#mended = minute.t;
    void this.refresh();
  }
}
