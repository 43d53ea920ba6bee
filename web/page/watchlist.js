/**
 * The reader's list: symbols, prefixes with `*` behind them, and symbols with `!` before them, which are
 * hidden though a prefix covers them. So a prefix stays one entry, whatever is removed from it: thousands of
 * symbols by name would be more than a gateway takes, and those without a price yet would be missing. Pure.
 */

import { size } from "./numbers.js";

const SYMBOL = /^[A-Z0-9._/:-]{1,32}$/;
const PREFIX = /^[A-Z0-9._/:-]{0,31}\*$/;
const HIDDEN = /^![A-Z0-9._/:-]{1,32}$/;

/** All symbols. */
export const ALL = "*";

/** Entries that are added at once: what gateways take for a stream, unless they are told otherwise. */
const MOST = 1_000;

/** Entries that a notice names. */
const NAMED = 10;

/**
 * Return the entries of a comma list, upper case, each once; none that cannot be one.
 *
 * @param {string} text
 */
export function parseList(text) {
  return partsOf(text).filter(fits);
}

/**
 * Return what of a comma list can be no entry, as parseList leaves it out.
 *
 * @param {string} text
 */
export function unfit(text) {
  return partsOf(text).filter((part) => !fits(part));
}

/** @param {string} text */
function partsOf(text) {
  return [...new Set(text.toUpperCase().split(/[\s,]+/).filter(Boolean))];
}

/** @param {string} part */
function fits(part) {
  return SYMBOL.test(part) || PREFIX.test(part) || HIDDEN.test(part);
}

/**
 * Return the entries that a stream is asked for: all but the hidden symbols.
 *
 * @param {readonly string[]} list
 */
export function asked(list) {
  return list.filter((part) => !part.startsWith("!"));
}

/**
 * Return the symbols that are not to be shown though a prefix covers them.
 *
 * @param {readonly string[]} list
 */
export function hidden(list) {
  return new Set(list.filter((part) => part.startsWith("!")).map((part) => part.slice(1)));
}

/**
 * Tell whether a list shows a symbol, by itself or by a prefix.
 *
 * @param {readonly string[]} list
 * @param {string} symbol
 */
export function covers(list, symbol) {
  return !list.includes(`!${symbol}`) && list.some((part) => means(part, symbol));
}

/**
 * Return a list with more in it, hidden symbols of it again; what others in it cover is left out.
 *
 * @param {readonly string[]} list
 * @param {readonly string[]} more
 */
export function withAdded(list, more) {
  const kept = list.filter((part) => !part.startsWith("!") || !more.some((each) => means(each, part.slice(1))));
  const all = [...new Set([...kept, ...more])];
  const wide = (/** @type {string} */ part) =>
    all.some((other) => other !== part && other.endsWith(ALL) && means(other, part));
  return all.filter((part) => part.startsWith("!") || !wide(part));
}

/**
 * Return the list with what a reader has typed, and what is to be said of it; no list, if something in it is no
 * symbol.
 *
 * @param {readonly string[]} list
 * @param {string} text
 * @param {(part: string) => boolean} knows whether there is such a symbol, or one of such a prefix
 * @returns {{next?: string[], notice: string}}
 */
export function addition(list, text, knows) {
  const parts = parseList(text);
  const count = partsOf(text).length;
  if (count > MOST) return { notice: `These are ${size(count)} symbols; at most ${size(MOST)} are added at once` };
  const unknown = [...unfit(text), ...parts.filter((part) => part.startsWith("!") || !knows(part))];
  if (unknown.length) return { notice: `There is no symbol ${named(unknown)}` };
  const fresh = parts.filter((part) => String(withAdded(list, [part])) !== String(list));
  const notice = fresh.length ? `${named(fresh)} added` : `${named(parts)} is in the list`;
  return { next: withAdded(list, fresh), notice };
}

/**
 * Return entries as a notice names them: not all of a thousand.
 *
 * @param {readonly string[]} parts
 */
export function named(parts) {
  const rest = parts.length - NAMED;
  return parts.slice(0, NAMED).join(", ") + (rest > 0 ? ` and ${size(rest)} more` : "");
}

/**
 * Return a list without a symbol, which is hidden where a prefix covers it.
 *
 * @param {readonly string[]} list
 * @param {string} symbol
 */
export function without(list, symbol) {
  const kept = list.filter((part) => part !== symbol);
  return covers(kept, symbol) ? [...kept, `!${symbol}`] : kept;
}

/**
 * Tell whether no gateway takes a list, which may be kept from a visit to another feed: it must not keep the
 * page empty for ever. The lists of other tabs are theirs to mend.
 *
 * @param {readonly string[]} list
 * @param {Pick<import("../tickcast.js").State, "link" | "status" | "role">} state
 */
export function isRefused(list, { link, status, role }) {
  return link === "refused" && status === 400 && role !== "follower" && String(asked(list)) !== ALL;
}

/**
 * @param {string} part a symbol or a prefix
 * @param {string} symbol
 */
function means(part, symbol) {
  return part.endsWith(ALL) ? symbol.startsWith(part.slice(0, -1)) : part === symbol;
}
