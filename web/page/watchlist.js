/**
 * The entries of a watchlist: symbols, prefixes such as `A*`, and hidden symbols such as `*!AAPL`, which are not shown
 * though a prefix covers them. So a prefix stays one entry, whatever is removed from it: thousands of symbols by name
 * would be more than a gateway takes, and symbols without a price yet would be missing. Pure.
 */

import { fold, isPattern, isSymbol } from "../tickcast/symbol.js";
import { size } from "./numbers.js";

/** @typedef {import("../tickcast/symbol.js").Case} Case */

/** What stands before a hidden symbol. No symbol has a *, and a prefix has it at the end. */
const HIDES = "*!";

/** All symbols. */
export const ALL = "*";

/** Entries that may be added at once: the gateways' default limit for a stream. */
const MAX_ADDED = 1_000;

/** Entries that a notice lists. */
const MAX_LISTED = 10;

/**
 * Return the valid entries of a comma list, in the case of the feed and without duplicates.
 *
 * @param {string} text
 * @param {Case} [symbolCase]
 */
export function parseList(text, symbolCase) {
  return split(text, symbolCase).filter(isEntry);
}

/**
 * Return the parts of a comma list that can be no entry, which parseList leaves out.
 *
 * @param {string} text
 * @param {Case} [symbolCase]
 */
export function invalid(text, symbolCase) {
  return split(text, symbolCase).filter((part) => !isEntry(part));
}

/**
 * @param {string} text
 * @param {Case} [symbolCase]
 */
function split(text, symbolCase = "upper") {
  return [...new Set(text.split(/[,\t\r\n]/).map((part) => fold(part, symbolCase)).filter(Boolean))];
}

/** @param {string} part */
function isEntry(part) {
  return isSymbol(part) || isPattern(part) || (isHidden(part) && isSymbol(part.slice(HIDES.length)));
}

/** @param {string} part */
function isHidden(part) {
  return part.startsWith(HIDES);
}

/**
 * Return the entries that a stream is asked for: all but hidden symbols.
 *
 * @param {readonly string[]} list
 */
export function requested(list) {
  return list.filter((part) => !isHidden(part));
}

/**
 * Return the symbols that are hidden though a prefix covers them.
 *
 * @param {readonly string[]} list
 */
export function hidden(list) {
  return new Set(list.filter(isHidden).map((part) => part.slice(HIDES.length)));
}

/**
 * Tell whether a list shows a symbol, by name or by a prefix.
 *
 * @param {readonly string[]} list
 * @param {string} symbol
 */
export function covers(list, symbol) {
  return !list.includes(HIDES + symbol) && list.some((part) => matches(part, symbol));
}

/**
 * Return a list with more entries, without what others cover. What was hidden and is added is shown again.
 *
 * @param {readonly string[]} list
 * @param {readonly string[]} more
 */
export function withAdded(list, more) {
  const shown = (/** @type {string} */ part) => more.some((each) => matches(each, part.slice(HIDES.length)));
  const kept = list.filter((part) => !isHidden(part) || !shown(part));
  const all = [...new Set([...kept, ...more])];
  const isCovered = (/** @type {string} */ part) =>
    all.some((other) => other !== part && other.endsWith(ALL) && matches(other, part));
  return all.filter((part) => isHidden(part) || !isCovered(part));
}

/**
 * Return the list with what a reader has typed, and the notice for the reader; no list if a part is no symbol.
 *
 * @param {readonly string[]} list
 * @param {string} text
 * @param {(part: string) => boolean} knows whether there is such a symbol, or one with such a prefix
 * @param {Case} [symbolCase]
 * @returns {{next?: string[], notice: string}}
 */
export function addition(list, text, knows, symbolCase) {
  const entries = split(text, symbolCase).flatMap((part) => typed(part, knows));
  const parts = entries.filter(isEntry);
  const count = entries.length;
  if (count > MAX_ADDED) return { notice: `These are ${size(count)} symbols; at most ${size(MAX_ADDED)} are added at once` };
  const unknown = entries.filter((part) => !isEntry(part) || isHidden(part) || !knows(part));
  if (unknown.length) return { notice: `There is no symbol ${listed(unknown)}` };
  const fresh = parts.filter((part) => String(withAdded(list, [part])) !== String(list));
  const notice = fresh.length ? `${listed(fresh)} added` : `${listed(parts)} is in the list`;
  return { next: withAdded(list, fresh), notice };
}

/**
 * Return the entries that a part of a typed list stands for: one with spaces that is no symbol of the feed is several.
 *
 * @param {string} part
 * @param {(part: string) => boolean} knows
 */
function typed(part, knows) {
  const words = part.split(/ +/);
  return !knows(part) && words.some(knows) ? words : [part];
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
  return covers(kept, symbol) ? [...kept, HIDES + symbol] : kept;
}

/**
 * Tell whether the gateways refuse a list. It may have been saved at another feed, or under another token, and must not
 * leave the page empty for ever. Each tab corrects its own list only.
 *
 * @param {readonly string[]} list
 * @param {Pick<import("../tickcast.js").State, "link" | "status" | "role">} state
 */
export function isRefused(list, { link, status, role }) {
  const forList = status === 400 || status === 403;
  return link === "refused" && forList && role !== "follower" && String(requested(list)) !== ALL;
}

/**
 * @param {string} part a symbol or a prefix
 * @param {string} symbol
 */
function matches(part, symbol) {
  return part.endsWith(ALL) ? symbol.startsWith(part.slice(0, -1)) : part === symbol;
}
