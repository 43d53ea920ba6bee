/**
 * The order that a list has while no column is sorted: that of its entries, which the reader may change. What a prefix
 * covers stands where the prefix stands, by name; so `*` alone is in the order of the names. No DOM.
 */

import { ALL } from "./watchlist.js";

/** px from the edges of what is in sight in which a dragged row scrolls, and px a ms at the edge itself. */
const EDGE = 48;
const SPEED = 1.2;

/** How much faster it scrolls beyond the edge, at most: as if it were so many times as deep. */
const DEEPEST = 2;

export class OwnOrder {
  #list;

  /** @param {{readonly entries: readonly string[]}} list whose entries are read at each call */
  constructor(list) {
    this.#list = list;
  }

  /** Whether each symbol has an entry of its own, which can be moved. */
  get byHand() {
    return this.#list.entries.length > 0 && this.#list.entries.every((entry) => !entry.includes(ALL));
  }

  /**
   * Return symbols in this order.
   *
   * @param {Iterable<string>} symbols
   */
  sorted(symbols) {
    const place = placesOf(this.#list.entries);
    const placed = [...symbols].sort().map((symbol) => ({ symbol, place: place(symbol) }));
    // The sort is stable: those of one prefix keep the order of their names.
    return placed.sort((a, b) => a.place - b.place).map(({ symbol }) => symbol);
  }

  /**
   * Return the entries with one of them moved just before or after another; undefined: that changes nothing.
   *
   * @param {string} symbol
   * @param {string} other
   * @param {"before" | "after"} side
   * @returns {string[] | undefined}
   */
  moved(symbol, other, side) {
    const { entries } = this.#list;
    if (symbol === other || !entries.includes(symbol) || !entries.includes(other)) return undefined;
    const next = entries.filter((entry) => entry !== symbol);
    next.splice(next.indexOf(other) + (side === "after" ? 1 : 0), 0, symbol);
    return String(next) === String(entries) ? undefined : next;
  }
}

/**
 * Return a function that tells the place of the entry that names a symbol, else of the first prefix that covers it.
 * However many prefixes there are, it looks up one of each length.
 *
 * @param {readonly string[]} entries
 * @returns {(symbol: string) => number}
 */
function placesOf(entries) {
  const places = new Map(entries.map((entry, place) => [entry, place]));
  const lengths = [...new Set(entries.filter((entry) => entry.endsWith(ALL)).map(({ length }) => length - 1))];
  return (symbol) =>
    places.get(symbol) ??
    Math.min(entries.length, ...lengths.map((length) => places.get(symbol.slice(0, length) + ALL) ?? entries.length));
}

/**
 * Return the place that a dragged row covers most of.
 *
 * @param {number} top px of its upper edge, below that of the first row
 * @param {number} height px of a row
 * @param {number} count of rows
 */
export function placeAt(top, height, count) {
  return Math.min(Math.max(Math.round(top / height), 0), count - 1);
}

/**
 * Return the row beside which a symbol is put to come to a place, and on which side; undefined: it is there. It is the
 * row that it passes last: rows that a search hides stay where they are.
 *
 * @param {readonly string[]} order
 * @param {string} symbol
 * @param {number} place in the order; beyond its ends it is the first or the last
 * @returns {{other: string, side: "before" | "after"} | undefined}
 */
export function besideAt(order, symbol, place) {
  const now = order.indexOf(symbol);
  const wanted = Math.min(Math.max(place, 0), order.length - 1);
  if (now < 0 || wanted === now) return undefined;
  return { other: order[wanted], side: wanted > now ? "after" : "before" };
}

/**
 * Return how far to scroll while a row is dragged: the nearer to an edge, the faster; 0 in between.
 *
 * @param {number} y px of the pointer
 * @param {number} top px of the upper edge
 * @param {number} bottom px of the lower edge
 * @param {number} passed ms
 */
export function scrollBeside(y, top, bottom, passed) {
  const up = depth(y - top);
  const down = depth(bottom - y);
  return (down * down - up * up) * SPEED * passed;
}

/** @param {number} distance px from an edge */
function depth(distance) {
  return Math.min(Math.max((EDGE - distance) / EDGE, 0), DEEPEST);
}
