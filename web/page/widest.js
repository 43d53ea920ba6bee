/**
 * Which texts may be the widest of each column, without writing all of them: numbers of the same magnitude with the
 * same digits after the point are as wide as each other, so one of them is enough. Pure.
 */

import { COLUMNS, digitsOf } from "./columns.js";
import { decimals, isToday } from "./numbers.js";
import { besides } from "./symbol_state.js";

/** @typedef {import("./columns.js").Quote} Quote */

/** Magnitudes, as powers of ten, within which a number is written in full. */
const [SMALLEST, LARGEST] = [-7, 14];

/** Columns without a width of their own: words that are cut. */
const FIXED = new Set(["name"]);

/** Columns whose numbers have the digits of the symbol's prices, and those that always have as many. */
const PRICES = new Set(["last", "change", "bid", "ask", "open", "high", "low", "range", "spread"]);
const EVEN = new Set(["percent"]);

/** µs */
const DAY = 86_400_000_000;

/** The kind of all numbers that are not written in full: each may have another length. */
const ODD = -1;

export class Widest {
  #columns = COLUMNS.filter(({ key }) => !FIXED.has(key));
  /** @type {Map<string, Set<unknown>>} what has come of each column: kinds of numbers, or texts */
  #known = new Map(this.#columns.map(({ key }) => [key, new Set()]));
  #onText;
  #choice;

  /**
   * @param {(key: string, text: string) => void} onText called with a text of a kind that has not come before
   * @param {{has: (key: string) => boolean}} [choice] of columns: others are not measured
   */
  constructor(onText, choice = { has: () => true }) {
    this.#onText = onText;
    this.#choice = choice;
  }

  /** @param {Quote} quote */
  add(quote) {
    for (const { key, value, text } of this.#columns) {
      if (!this.#choice.has(key)) continue;
      const number = value(quote);
      const kind = typeof number === "number" ? kindOf(number, quote, key) : key === "symbol" ? labelled(quote) : number;
      const known = this.#known.get(key);
      if (kind === undefined || known?.has(kind)) continue;
      if (kind !== ODD) known?.add(kind);
      // table.css marks an old price behind its time.
      this.#onText(key, key === "symbol" ? labelled(quote) : key === "time" ? `${text(quote)} old` : text(quote));
    }
  }
}

/**
 * Return a symbol with the label beside it.
 *
 * @param {Quote} quote
 */
function labelled(quote) {
  return `${quote.symbol} ${besides(quote).short}`.trim();
}

/**
 * @param {number} number
 * @param {Quote} quote
 * @param {string} key of its column
 */
function kindOf(number, quote, key) {
  // All times of today are as wide as each other; the others have a day.
  if (key === "time") return isToday(number) ? 0 : Math.floor(number / DAY);
  const power = number ? Math.floor(Math.log10(Math.abs(number))) : 0;
  if (!(power >= SMALLEST && power <= LARGEST)) return ODD;
  const digits = PRICES.has(key) ? digitsOf(quote)[1] : EVEN.has(key) || Number.isInteger(number) ? 0 : decimals(number);
  return ((power - SMALLEST) * 32 + digits) * 2 + Number(number < 0);
}
