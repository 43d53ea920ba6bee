/** Alerts at a price or at a change in percent: what they mean, and when one is due. All tabs keep them together. No DOM. */

import { digitsOf, percentOf } from "./columns.js";
import { decimals, price, signed } from "./numbers.js";
import { Stored } from "./stored.js";
import { besides } from "./symbol_state.js";

/**
 * @typedef {import("./columns.js").Quote} Quote
 *
 * @typedef {object} Alert
 * @property {string} symbol
 * @property {"price" | "percent"} of what is compared
 * @property {"above" | "below"} side on which the value must come, or be equal
 * @property {number} at
 */

/** Most alerts that are kept. */
const MOST = 50;

/** A number as it is typed, with a comma for thousands, and a percent sign for a change. */
const TYPED = /^([+\-−]?)(\d[\d,]*(?:\.\d*)?|\.\d+)\s*(%?)$/;

/** @param {Pick<Alert, "of">} alert @param {Quote} quote */
const valueOf = ({ of }, quote) => (of === "price" ? quote.tick?.p : percentOf(quote));

/**
 * Return the alert that a text means, for the side on which the value is not yet; or why it can be none.
 *
 * @param {string} text such as `200` or `-2%`
 * @param {Quote} quote of its symbol, now
 * @returns {Alert | string}
 */
export function parseAlert(text, quote) {
  const [, sign, digits, percent] = TYPED.exec(text.trim()) ?? [];
  if (digits === undefined) return `“${text.trim()}” is no price and no change: 200 or −2%, for example`;
  const at = Number(digits.replaceAll(",", "")) * (sign === "-" || sign === "−" ? -1 : 1);
  /** @type {Alert["of"]} */
  const of = percent ? "percent" : "price";
  const now = valueOf({ of }, quote);
  if (now === undefined) return `${quote.symbol} has no ${percent ? "change" : "price"} yet`;
  if (now === at) return `${quote.symbol} is there already`;
  return { symbol: quote.symbol, of, side: at > now ? "above" : "below", at };
}

/**
 * Tell whether an alert is due.
 *
 * @param {Alert} alert
 * @param {Quote} quote of its symbol
 */
export function isDue(alert, quote) {
  const value = valueOf(alert, quote);
  if (value === undefined) return false;
  return alert.side === "above" ? value >= alert.at : value <= alert.at;
}

/**
 * Return an alert in words: with all digits that the reader gave, and at least those of the symbol's prices.
 *
 * @param {Alert} alert
 * @param {Quote} quote of its symbol, now
 */
export function inWords({ symbol, of, side, at }, quote) {
  const [given, least] = [decimals(at), digitsOf(quote)[0]];
  const value = of === "percent" ? `${signed(at, 0, given)}%` : price(at, least, Math.max(least, given));
  const { words } = besides(quote);
  return `${symbol}${words && ` (${words})`} at ${value} or ${side}`;
}

export class Alerts {
  #stored = new Stored("alerts", alertsIn);

  /** @returns {readonly Alert[]} */
  get all() {
    return this.#stored.value;
  }

  /**
   * Add an alert. Return whether there was room for it.
   *
   * @param {Alert} alert
   */
  add(alert) {
    const { all } = this;
    if (all.length >= MOST) return false;
    this.#keep([...all.filter((each) => !same(each, alert)), alert]);
    return true;
  }

  /** @param {Alert} alert */
  remove(alert) {
    this.#keep(this.all.filter((each) => !same(each, alert)));
  }

  /**
   * Return the alerts that are due, and forget them: each is raised once.
   *
   * @param {(symbol: string) => Quote} quoteOf
   */
  raise(quoteOf) {
    const { all } = this;
    const due = all.filter((alert) => isDue(alert, quoteOf(alert.symbol)));
    if (due.length) this.#keep(all.filter((alert) => !due.includes(alert)));
    return due;
  }

  /** @param {readonly Alert[]} all */
  #keep(all) {
    this.#stored.keep(all.length ? all : undefined);
  }
}

/** @param {Alert} one @param {Alert} other */
const same = (one, other) => String(Object.values(one)) === String(Object.values(other));

/** @param {any} found @returns {Alert[]} what was stored and is an alert */
const alertsIn = (found) => (Array.isArray(found) ? found.filter(isAlert).slice(0, MOST) : []);

/** @param {any} found */
function isAlert(found) {
  const { symbol, of, side, at } = found ?? {};
  const known = ["price", "percent"].includes(of) && ["above", "below"].includes(side);
  return typeof symbol === "string" && known && Number.isFinite(at);
}
