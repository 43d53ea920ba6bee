/** The bars of the charted symbol: those of its chart, and those of days, whose newest has the day's high and low. */

import { ChartedBars } from "./charted_bars.js";

/** @typedef {import("../tickcast.js").Bar} Bar */
/** @typedef {import("./bar_rollup.js").Interval} Interval */

/** Bars of history that are read: those of the longest range, and more to scroll back to. */
const BARS = 500;

export class DetailBars {
  #chart;
  /** Not read while the chart is one of days. */
  #days;

  /**
   * @param {object} act
   * @param {(change: import("./charted_bars.js").Change) => void} act.onChange called when the bars of the chart change
   * @param {() => void} act.onDay called when the newest day changes
   */
  constructor({ onChange, onDay }) {
    this.#chart = new ChartedBars(BARS, (change) => {
      onChange(change);
      if (this.#isOfDays) onDay();
    });
    this.#days = new ChartedBars(1, () => this.#isOfDays || onDay());
  }

  get #isOfDays() {
    return this.#chart.interval === "1d";
  }

  get #both() {
    return [this.#chart, this.#days];
  }

  /** The bars of the chart, oldest first. */
  get bars() {
    return this.#chart.bars;
  }

  get interval() {
    return this.#chart.interval;
  }

  /** Whether the history of the chart is still to come. */
  get loading() {
    return this.#chart.loading;
  }

  /** Most digits after the point of any price in the chart so far. */
  get digits() {
    return this.#chart.digits;
  }

  /** The newest day; undefined: it is not read, or there is none. @returns {Bar | undefined} */
  get day() {
    return (this.#isOfDays ? this.#chart : this.#days).bars.at(-1);
  }

  /** Most digits after the point of any price of the days so far. */
  get dayDigits() {
    return (this.#isOfDays ? this.#chart : this.#days).digits;
  }

  /**
   * Return the bars of the chart that began at `t` or later.
   *
   * @param {number} t µs since the epoch
   */
  since(t) {
    return this.#chart.since(t);
  }

  /**
   * Begin with another symbol, without bars; `turnTo` must follow.
   *
   * @param {string} symbol
   */
  begin(symbol) {
    this.#chart.begin(symbol, this.#chart.interval);
    this.#days.begin(symbol, "1d");
  }

  /**
   * Read what there is in an interval; the stream must bring its bars.
   *
   * @param {Interval} interval
   */
  async turnTo(interval) {
    const { symbol } = this.#chart;
    this.#chart.begin(symbol, interval);
    if (this.#isOfDays) this.#days.begin(symbol, "1d");
    else if (this.#days.loading) void this.#days.refresh();
    await this.#chart.refresh();
  }

  /** Read history: after a gap. */
  async refresh() {
    await Promise.all(this.#read().map((bars) => bars.refresh()));
  }

  /** Read history again after a gap of the feed: bars may have lost ticks. */
  async repair() {
    await Promise.all(this.#read().map((bars) => bars.repair()));
  }

  /** Forget all bars and read history: the feed has started over. */
  async startOver() {
    for (const bars of this.#both) bars.begin(bars.symbol, bars.interval);
    await this.refresh();
  }

  /** Forget all bars: the symbol has left the feed. */
  leave() {
    for (const bars of this.#both) bars.leave();
  }

  /** Read history at once if the last read failed: a gateway is there again. */
  retry() {
    for (const bars of this.#both) bars.retry();
  }

  /**
   * Take in live bars. Return whether any was of the symbol.
   *
   * @param {Bar[]} bars
   */
  take(bars) {
    this.#days.take(bars);
    return this.#chart.take(bars);
  }

  #read() {
    if (!this.#isOfDays) return this.#both;
    // Once the chart is one of minutes, they have to be read again.
    this.#days.begin(this.#chart.symbol, "1d");
    return [this.#chart];
  }
}
