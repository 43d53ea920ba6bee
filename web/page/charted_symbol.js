/** The symbol in the chart: the one that the reader has chosen, or one that stands in for it. */

import { fitting } from "./detail.js";
import { choose, chosen, recall, remember } from "./settings.js";

/** @typedef {import("./row.js").Row} Row */

export class Choice {
  /** The symbol that the reader wants; none: the first one that has a price. */
  #wanted = chosen("chart") ?? "";
  #table;
  #detail;
  #stream;
  #bars;

  /**
   * @param {import("./table.js").Table} table
   * @param {import("./detail.js").Detail} detail
   * @param {import("../tickcast.js").Tickcast} stream
   * @param {HTMLElement} bars with a radio button for each interval of bars
   */
  constructor(table, detail, stream, bars) {
    this.#table = table;
    this.#detail = detail;
    this.#stream = stream;
    this.#bars = bars;
    bars.addEventListener("change", ({ target }) => {
      remember("bars", /** @type {HTMLInputElement} */ (target).value);
      if (detail.symbol) void this.#watch(detail.symbol);
    });
  }

  /**
   * Turn the chart to a symbol that the reader wants.
   *
   * @param {string} symbol
   */
  take(symbol) {
    this.#wanted = symbol;
    choose("chart", symbol);
    const row = this.#table.rows.get(symbol);
    if (row) this.#turn(row);
  }

  /** Turn to a symbol once there is one; its row may be made later than others. Call it often. */
  follow() {
    const wanted = this.#table.rows.get(this.#wanted);
    const row = wanted ?? (this.#detail.symbol || this.#table.growing ? undefined : this.#first());
    if (row) this.#turn(row);
  }

  /** Turn to another symbol, or to none, if the row of this one was removed. */
  leave() {
    if (!this.#detail.symbol || this.#table.rows.has(this.#detail.symbol)) return;
    this.#wanted = "";
    choose("chart", undefined);
    const row = this.#first();
    if (row) return this.#turn(row);
    this.#detail.clear();
    this.#stream.watchBars([]);
  }

  /** @returns {Row | undefined} the first one that has something to be drawn, of those that are shown */
  #first() {
    return [...this.#table.rows.values()].find(({ element, quote }) => !element.hidden && quote.tick);
  }

  /** @param {Row} row */
  #turn(row) {
    const { symbol, quote, old } = row;
    if (symbol === this.#detail.symbol) return;
    for (const other of this.#table.rows.values()) other.chosen = other === row;
    this.#detail.begin(quote, old);
    void this.#watch(symbol);
  }

  /**
   * Bring the bars of a symbol into the chart, by the second or by the minute.
   *
   * @param {string} symbol
   */
  async #watch(symbol) {
    const kept = recall("bars");
    const interval = kept === "1s" || kept === "1m" ? kept : await fitting(symbol);
    if (symbol !== this.#detail.symbol) return;
    for (const input of this.#bars.querySelectorAll("input")) input.checked = input.value === interval;
    this.#stream.watchBars([interval], [symbol]);
    await this.#detail.turnTo(symbol, interval);
  }
}
