/** How many symbols are listed, and what stands in the place of rows where there are none. */

import { OF_THE_DAY } from "./columns.js";
import { element, show } from "./elements.js";
import { size } from "./numbers.js";

export class Count {
  #table;
  #quotes;
  #days;
  #counted = 0;

  /**
   * @param {import("./table.js").Table} table
   * @param {import("./quotes.js").Quotes} quotes
   * @param {import("./days.js").Days} days
   */
  constructor(table, quotes, days) {
    this.#table = table;
    this.#quotes = quotes;
    this.#days = days;
  }

  /** Whether symbols have come or gone since they were counted. */
  get isOver() {
    return this.#quotes.all.size !== this.#counted;
  }

  /** Whether the rows are sorted by a column of the day. */
  get byDay() {
    return OF_THE_DAY.has(this.#table.sort?.key ?? "");
  }

  /** @param {boolean} coming symbols were asked for, and none has come yet */
  show(coming) {
    const { shown, search } = this.#table;
    const all = (this.#counted = this.#quotes.all.size);
    const known = this.byDay ? this.#days.known : all;
    // A day that is not read yet, or that there is none of, is sorted to the end.
    const sorted = known < all ? `, sorted by the day of ${size(known)}` : "";
    show("count", (shown === all ? `${size(all)} symbols` : `${size(shown)} of ${size(all)}`) + sorted);
    element("empty").hidden = shown > 0 || (!all && coming);
    const none = "The watchlist is empty. Add a symbol above, or * for all.";
    show("empty", all ? `No symbol or name has “${search}” in it.` : none);
  }
}
