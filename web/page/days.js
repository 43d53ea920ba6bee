/**
 * The day of a symbol: its open, high and low. Read from the newest bar of `1d` while a column shows them, for the rows
 * that exist, and again each minute: between two reads high and low follow the ticks that are shown. To sort by them the
 * others are read too, a few each second: first those that never were. When a day was read is kept with its quote, and
 * forgotten with it.
 */

import { backOff } from "../tickcast/backoff.js";
import { readBars } from "./bar_history.js";

/** ms after which a day is read again: of a row that exists, and of another one. */
const RENEWED_AFTER = 60_000;
const OTHERS_RENEWED_AFTER = 3_600_000;

/** Days of symbols without rows that are read in one call of `fill`, at most: with one call a second, 10,000 take 42
 * minutes, and a gateway hardly notices a page that is sorted by them. */
const OTHERS_AT_ONCE = 4;

export class Days {
  #reading = false;
  #failures = 0;
  #due = 0;
  /** How often the feed has started over. */
  #feeds = 0;
  #quotes;
  #elsewhere;

  /**
   * @param {import("./quotes.js").Quotes} quotes
   * @param {(symbol: string) => {day?: import("./columns.js").Day} | undefined} [elsewhere] the day of a symbol that
   *   somebody else reads, once it is there
   */
  constructor(quotes, elsewhere = () => undefined) {
    this.#quotes = quotes;
    this.#elsewhere = elsewhere;
  }

  /** Forget all, and what is being read: the feed has started over. */
  startOver() {
    this.#feeds += 1;
    this.#quotes.forgetDays();
  }

  /**
   * Read the days of rows, one after the other, then those of some other symbols. If a read fails, a later call continues
   * after a wait.
   *
   * @param {() => Iterable<{symbol: string}>} rows that exist now
   * @param {Iterable<string>} [others] symbols that are sorted by their days
   */
  async fill(rows, others = []) {
    if (this.#reading || Date.now() < this.#due) return;
    this.#reading = true;
    const rest = this.#some(others);
    const next = () => this.#dueOf(rows()) ?? rest.shift();
    for (let symbol = next(); symbol !== undefined; symbol = next()) {
      const feeds = this.#feeds;
      const found = this.#elsewhere(symbol);
      if (found) {
        this.#quotes.setDay(symbol, found.day, Date.now());
        continue;
      }
      const bars = await readBars(symbol, "1d", 1);
      if (feeds !== this.#feeds) continue;
      if (!bars) {
        this.#due = Date.now() + backOff(this.#failures++, Math.random());
        break;
      }
      this.#failures = 0;
      this.#quotes.setDay(symbol, bars.at(-1), Date.now());
    }
    this.#reading = false;
  }

  /** @param {Iterable<string>} others of which the next are returned */
  #some(others) {
    const due = [...others].filter((each) => this.#isDue(each, OTHERS_RENEWED_AFTER));
    const unread = due.filter((each) => this.#quotes.get(each)?.dayRead === undefined);
    return (unread.length ? unread : due).slice(0, OTHERS_AT_ONCE);
  }

  /** How many symbols have a day. */
  get known() {
    let known = 0;
    for (const { day } of this.#quotes.all.values()) if (day) known += 1;
    return known;
  }

  /** @param {Iterable<{symbol: string}>} rows */
  #dueOf(rows) {
    for (const { symbol } of rows) if (this.#isDue(symbol, RENEWED_AFTER)) return symbol;
    return undefined;
  }

  /** @param {string} symbol @param {number} after ms */
  #isDue(symbol, after) {
    const quote = this.#quotes.get(symbol);
    const found = this.#elsewhere(symbol);
    if (found && !found.day) return false;
    return Boolean(quote?.tick) && Date.now() - (quote?.dayRead ?? -Infinity) >= after;
  }
}
