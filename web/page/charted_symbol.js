/** The symbol in the chart: the one that the reader has chosen, else the first one with a price. */

import { followed } from "./bar_rollup.js";
import { readSetting, writeSetting } from "./settings.js";

export class ChartedSymbol {
  /** The symbol that the reader wants; empty: the first one with a price. */
  #wanted = readSetting("chart") ?? "";
  #quotes;
  #table;
  #detail;
  #stream;
  #choices;
  #sheet;

  /**
   * @param {import("./quotes.js").Quotes} quotes
   * @param {import("./table.js").Table} table
   * @param {import("./detail.js").Detail} detail
   * @param {import("../tickcast.js").Tickcast} stream
   * @param {import("./chart_choices.js").ChartChoices} choices
   * @param {import("./chart_sheet.js").ChartSheet} sheet that shows the chart on a narrow screen
   */
  constructor(quotes, table, detail, stream, choices, sheet) {
    this.#quotes = quotes;
    this.#table = table;
    this.#detail = detail;
    this.#stream = stream;
    this.#choices = choices;
    this.#sheet = sheet;
  }

  /**
   * Show a symbol that the reader has chosen.
   *
   * @param {string} symbol
   */
  choose(symbol) {
    this.#wanted = symbol;
    writeSetting("chart", symbol);
    this.#show(symbol);
    this.#sheet.open(symbol);
  }

  /** Show the wanted symbol once it is there, or the first one with a price if it does not come. Call it often. */
  follow() {
    this.#choices.renew();
    if (this.#wanted && this.#show(this.#wanted)) return;
    if (!this.#detail.symbol && (!this.#wanted || this.#stream.state.whole)) this.#show(this.#table.first());
  }

  /** Show another symbol, or none, if this one was removed. */
  replaceRemoved() {
    if (!this.#detail.symbol || this.#quotes.get(this.#detail.symbol)) return;
    this.#wanted = "";
    writeSetting("chart", undefined);
    if (this.#show(this.#table.first())) return;
    this.#table.choose("");
    this.#detail.clear();
    this.#stream.watchBars([]);
  }

  /**
   * Show a symbol. Return whether it is there.
   *
   * @param {string} symbol
   */
  #show(symbol) {
    const quote = this.#quotes.get(symbol);
    if (!quote || symbol === this.#detail.symbol) return Boolean(quote);
    this.#table.choose(symbol);
    this.#detail.begin(quote, Boolean(quote.old));
    void this.watch();
    return true;
  }

  /** Load the bars of the symbol into the chart, in the interval and the range that are chosen. */
  async watch() {
    const { symbol } = this.#detail;
    if (!symbol) return;
    const interval = await this.#choices.interval(symbol);
    if (symbol !== this.#detail.symbol) return;
    this.#choices.show(interval);
    // The day's high and low stand beside any interval.
    this.#stream.watchBars([...new Set([...followed(interval), ...followed("1d")])], [symbol]);
    await this.#detail.turnTo(interval, this.#choices.range);
  }
}
