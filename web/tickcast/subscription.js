/**
 * A subscription: the symbols, the interval and the bars that are wanted of a stream, by one tab or by several
 * together. Pure.
 *
 * @typedef {import("./types.js").Subscription} Subscription
 */

import { ALLOWED, isPattern, isSymbol } from "./symbol.js";

/** Stands for no symbols: an empty list would mean all. No publisher uses this symbol. */
const NO_SYMBOLS = ["-"];

/**
 * Return symbols as a stream takes them: sorted, without duplicates and without what a pattern covers.
 *
 * @param {Iterable<string>} symbols
 * @throws {RangeError} if one can be no symbol: the gateway would refuse the whole stream for it
 */
export function normalizeSymbols(symbols) {
  const all = [...new Set(symbols)].sort();
  const wrong = all.filter((symbol) => !isSymbol(symbol) && !isPattern(symbol));
  if (wrong.length) {
    const allowed = `a symbol is ${ALLOWED}, and a * at the end stands for any ending`;
    throw new RangeError(`not a symbol: ${wrong.slice(0, 5).join(", ")}; ${allowed}`);
  }
  const prefixes = all.filter(isPattern).map(prefixOf);
  if (!prefixes.length) return all;
  return all.filter((symbol) => {
    const own = isPattern(symbol) ? prefixOf(symbol) : undefined;
    return !prefixes.some((prefix) => prefix !== own && symbol.startsWith(prefix));
  });
}

/**
 * Return a function that tells whether a symbol is in `symbols`, by name or by a pattern.
 *
 * @param {string[]} symbols
 * @returns {(symbol: string) => boolean}
 */
export function selector(symbols) {
  const names = new Set(symbols);
  const prefixes = symbols.filter(isPattern).map(prefixOf);
  if (prefixes.includes("")) return () => true;
  return (symbol) => names.has(symbol) || prefixes.some((prefix) => symbol.startsWith(prefix));
}

/**
 * Return a function that tells whether a subscription asks for a bar.
 *
 * @param {Subscription} subscription
 * @returns {(bar: import("./types.js").Bar) => boolean}
 */
export function barSelector({ symbols, bars, barsOf }) {
  const selects = selector(barsOf ?? symbols);
  return (bar) => bars.includes(bar.i) && selects(bar.S);
}

/**
 * Return one subscription that covers all: every symbol of each, at the smallest interval.
 *
 * @param {Subscription[]} subscriptions
 * @returns {Subscription}
 */
export function unite(subscriptions) {
  const symbols = normalizeSymbols(subscriptions.flatMap((each) => each.symbols));
  const withBars = subscriptions.filter((each) => each.bars.length);
  /** @type {Subscription} */
  const union = {
    symbols: symbols.length ? symbols : NO_SYMBOLS,
    interval: Math.min(...subscriptions.map((each) => each.interval)),
    bars: /** @type {Subscription["bars"]} */ ([...new Set(withBars.flatMap((each) => each.bars))].sort()),
  };
  const barsOf = normalizeSymbols(withBars.flatMap((each) => each.barsOf ?? each.symbols));
  if (withBars.length && !sameList(barsOf, union.symbols)) union.barsOf = barsOf.length ? barsOf : NO_SYMBOLS;
  return union;
}

/**
 * @param {readonly string[]} one sorted
 * @param {readonly string[]} other sorted
 */
export function sameList(one, other) {
  return one.length === other.length && one.every((each, index) => each === other[index]);
}

/**
 * Tell whether two subscriptions ask for the same bars. Bars without symbols of their own follow the symbols of the
 * stream.
 *
 * @param {Pick<Subscription, "bars" | "barsOf">} one
 * @param {Pick<Subscription, "bars" | "barsOf">} other
 */
export function sameBars(one, other) {
  if (!sameList(one.bars, other.bars)) return false;
  return !other.bars.length || String(one.barsOf) === String(other.barsOf);
}

/** @param {string} pattern */
const prefixOf = (pattern) => pattern.slice(0, -1);
