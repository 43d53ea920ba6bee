/** The symbol in the chart: the one that the reader has chosen, else the first one with a price. */

import { fittingInterval } from "./detail.js";
import { readSetting, readStored, writeSetting, writeStored } from "./settings.js";

/** @typedef {import("./row.js").Row} Row */

export class ChartedSymbol {
  /** The symbol that the reader wants; empty: the first one with a price. */
  #wanted = readSetting("chart") ?? "";
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
      writeStored("bars", /** @type {HTMLInputElement} */ (target).value);
      if (detail.symbol) void this.#watch(detail.symbol);
    });
  }

  /**
   * Show a symbol that the reader has chosen.
   *
   * @param {string} symbol
   */
  choose(symbol) {
    this.#wanted = symbol;
    writeSetting("chart", symbol);
    const row = this.#table.rows.get(symbol);
    if (row) this.#show(row);
  }

  /** Show the wanted symbol once it has a row: rows are made a few at a time. Call it often. */
  follow() {
    const wanted = this.#table.rows.get(this.#wanted);
    const row = wanted ?? (this.#detail.symbol || this.#table.growing ? undefined : this.#first());
    if (row) this.#show(row);
  }

  /** Show another symbol, or none, if the row of this one was removed. */
  replaceRemoved() {
    if (!this.#detail.symbol || this.#table.rows.has(this.#detail.symbol)) return;
    this.#wanted = "";
    writeSetting("chart", undefined);
    const row = this.#first();
    if (row) return this.#show(row);
    this.#detail.clear();
    this.#stream.watchBars([]);
  }

  /** @returns {Row | undefined} the first visible row with a price */
  #first() {
    return [...this.#table.rows.values()].find(({ element, quote }) => !element.hidden && quote.tick);
  }

  /** @param {Row} row */
  #show(row) {
    const { symbol, quote, old } = row;
    if (symbol === this.#detail.symbol) return;
    for (const other of this.#table.rows.values()) other.chosen = other === row;
    this.#detail.begin(quote, old);
    void this.#watch(symbol);
  }

  /**
   * Load the bars of a symbol into the chart, by the second or by the minute.
   *
   * @param {string} symbol
   */
  async #watch(symbol) {
    const stored = readStored("bars");
    const interval = stored === "1s" || stored === "1m" ? stored : await fittingInterval(symbol);
    if (symbol !== this.#detail.symbol) return;
    for (const input of this.#bars.querySelectorAll("input")) input.checked = input.value === interval;
    this.#stream.watchBars([interval], [symbol]);
    await this.#detail.turnTo(symbol, interval);
  }
}
