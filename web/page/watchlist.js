/**
 * The entries of a watchlist: symbols, prefixes such as `A*`, and hidden symbols such as `!AAPL`, which are not shown
 * though a prefix covers them. So a prefix stays one entry, whatever is removed from it: thousands of symbols by name
 * would be more than a gateway takes, and symbols without a price yet would be missing. Pure.
 */

import { size } from "./numbers.js";

const SYMBOL = /^[A-Z0-9._/:-]{1,32}$/;
const PREFIX = /^[A-Z0-9._/:-]{0,31}\*$/;
const HIDDEN = /^![A-Z0-9._/:-]{1,32}$/;

/** All symbols. */
export const ALL = "*";

/** Entries that may be added at once: the gateways' default limit for a stream. */
const MAX_ADDED = 1_000;

/** Entries that a notice lists. */
const MAX_LISTED = 10;

/**
 * Return the valid entries of a comma list, in upper case and without duplicates.
 *
 * @param {string} text
 */
export function parseList(text) {
  return split(text).filter(isEntry);
}

/**
 * Return the parts of a comma list that can be no entry, which parseList leaves out.
 *
 * @param {string} text
 */
export function invalid(text) {
  return split(text).filter((part) => !isEntry(part));
}

/** @param {string} text */
function split(text) {
  return [...new Set(text.toUpperCase().split(/[\s,]+/).filter(Boolean))];
}

/** @param {string} part */
function isEntry(part) {
  return SYMBOL.test(part) || PREFIX.test(part) || HIDDEN.test(part);
}

/**
 * Return the entries that a stream is asked for: all but hidden symbols.
 *
 * @param {readonly string[]} list
 */
export function requested(list) {
  return list.filter((part) => !part.startsWith("!"));
}

/**
 * Return the symbols that are hidden though a prefix covers them.
 *
 * @param {readonly string[]} list
 */
export function hidden(list) {
  return new Set(list.filter((part) => part.startsWith("!")).map((part) => part.slice(1)));
}

/**
 * Tell whether a list shows a symbol, by name or by a prefix.
 *
 * @param {readonly string[]} list
 * @param {string} symbol
 */
export function covers(list, symbol) {
  return !list.includes(`!${symbol}`) && list.some((part) => matches(part, symbol));
}

/**
 * Return a list with more entries, without what others cover. What was hidden and is added is shown again.
 *
 * @param {readonly string[]} list
 * @param {readonly string[]} more
 */
export function withAdded(list, more) {
  const kept = list.filter((part) => !part.startsWith("!") || !more.some((each) => matches(each, part.slice(1))));
  const all = [...new Set([...kept, ...more])];
  const isCovered = (/** @type {string} */ part) =>
    all.some((other) => other !== part && other.endsWith(ALL) && matches(other, part));
  return all.filter((part) => part.startsWith("!") || !isCovered(part));
}

/**
 * Return the list with what a reader has typed, and the notice for the reader; no list if a part is no symbol.
 *
 * @param {readonly string[]} list
 * @param {string} text
 * @param {(part: string) => boolean} knows whether there is such a symbol, or one with such a prefix
 * @returns {{next?: string[], notice: string}}
 */
export function addition(list, text, knows) {
  const parts = parseList(text);
  const count = split(text).length;
  if (count > MAX_ADDED) return { notice: `These are ${size(count)} symbols; at most ${size(MAX_ADDED)} are added at once` };
  const unknown = [...invalid(text), ...parts.filter((part) => part.startsWith("!") || !knows(part))];
  if (unknown.length) return { notice: `There is no symbol ${listed(unknown)}` };
  const fresh = parts.filter((part) => String(withAdded(list, [part])) !== String(list));
  const notice = fresh.length ? `${listed(fresh)} added` : `${listed(parts)} is in the list`;
  return { next: withAdded(list, fresh), notice };
}

/**
 * Return entries as a notice lists them: only the first few of many.
 *
 * @param {readonly string[]} parts
 */
export function listed(parts) {
  const rest = parts.length - MAX_LISTED;
  return parts.slice(0, MAX_LISTED).join(", ") + (rest > 0 ? ` and ${size(rest)} more` : "");
}

/**
 * Return a list without a symbol; if a prefix covers it, it is hidden.
 *
 * @param {readonly string[]} list
 * @param {string} symbol
 */
export function without(list, symbol) {
  const kept = list.filter((part) => part !== symbol);
  return covers(kept, symbol) ? [...kept, `!${symbol}`] : kept;
}

/**
 * Tell whether the gateways refuse a list. It may have been saved at another feed, and must not leave the page empty
 * for ever. Each tab corrects its own list only.
 *
 * @param {readonly string[]} list
 * @param {Pick<import("../tickcast.js").State, "link" | "status" | "role">} state
 */
export function isRefused(list, { link, status, role }) {
  return link === "refused" && status === 400 && role !== "follower" && String(requested(list)) !== ALL;
}

/**
 * @param {string} part a symbol or a prefix
 * @param {string} symbol
 */
function matches(part, symbol) {
  return part.endsWith(ALL) ? symbol.startsWith(part.slice(0, -1)) : part === symbol;
}
