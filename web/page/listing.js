/**
 * Which symbols stand in the table, and in which order. Kept up to date in proportion to what has changed: the others
 * are neither searched nor sorted again. No DOM.
 */

import { COLUMNS } from "./columns.js";
import { Search } from "./filter.js";
import { OwnOrder } from "./own_order.js";
import { ALL } from "./watchlist.js";

/** @typedef {import("./sorting.js").Sort} Sort */
/** @typedef {import("./columns.js").Quote} Quote */

/** @typedef {{symbol: string, rank: number, value: number | string | undefined}} Entry */

export class Listing {
  /** @type {readonly string[]} the symbols in the table, from top to bottom */
  order = [];
  /** The order while no column is sorted. */
  own = new OwnOrder({ entries: [ALL] });
  /** @type {Map<string, number>} the place of each in `order` */
  #places = new Map();
  /** @type {Map<string, Entry>} what each symbol in the table is sorted by */
  #entries = new Map();
  /** @type {Map<string, number>} the rank of every symbol, with or without a place in the table, when unsorted */
  #ranks = new Map();
  #search = new Search("");
  /** @type {Sort | undefined} */
  #sort;
  #quotes;

  /** @param {import("./quotes.js").Quotes} quotes */
  constructor(quotes) {
    this.#quotes = quotes;
  }

  /** @param {string} symbol */
  placeOf(symbol) {
    return this.#places.get(symbol);
  }

  get search() {
    return this.#search.text;
  }

  set search(text) {
    this.#search = new Search(text);
    this.#fill();
  }

  get sort() {
    return this.#sort;
  }

  set sort(sort) {
    this.#sort = sort;
    this.#fill();
  }

  /** Whether the reader may move rows: no column is sorted, and the list names each symbol. */
  get byHand() {
    return !this.#sort && this.own.byHand;
  }

  /** Begin again, after symbols have come or gone, or their own order has changed. */
  fill() {
    const symbols = this.own.sorted(this.#quotes.all.keys());
    this.#ranks = new Map(symbols.map((symbol, rank) => [symbol, rank]));
    this.#fill();
  }

  /** Search and sort all of them. */
  #fill() {
    const entries = [];
    for (const [symbol, rank] of this.#ranks) {
      const quote = this.#quotes.get(symbol);
      if (quote && this.#search.finds(quote)) entries.push({ symbol, rank, value: this.#value(quote) });
    }
    this.#entries = new Map(entries.map((entry) => [entry.symbol, entry]));
    this.#take(entries.sort(this.#compare));
  }

  /**
   * Move symbols to their places, after their quotes have changed. Return whether any place has changed.
   *
   * @param {Iterable<string>} changed
   */
  review(changed) {
    /** @type {Map<string, Entry | undefined>} the new entries of the symbols that move, come or go */
    const moving = new Map();
    for (const symbol of changed) {
      const quote = this.#quotes.get(symbol);
      const rank = this.#ranks.get(symbol);
      const before = this.#entries.get(symbol);
      const found = quote && rank !== undefined && this.#search.finds(quote);
      const entry = found ? { symbol, rank, value: this.#value(quote) } : undefined;
      if (entry ? before?.value !== entry.value || !before : before) moving.set(symbol, entry);
    }
    if (!moving.size) return false;
    const staying = [];
    for (const symbol of this.order) {
      const entry = moving.has(symbol) ? undefined : this.#entries.get(symbol);
      if (entry) staying.push(entry);
    }
    for (const [symbol, entry] of moving) {
      if (entry) this.#entries.set(symbol, entry);
      else this.#entries.delete(symbol);
    }
    const coming = [...moving.values()].filter((entry) => entry !== undefined).sort(this.#compare);
    return this.#take(merged(staying, coming, this.#compare));
  }

  /** @param {Quote} quote */
  #value(quote) {
    const { sort } = this;
    const value = sort && COLUMNS.find(({ key }) => key === sort.key)?.value(quote);
    // No number can be compared with it.
    return Number.isNaN(value) ? undefined : value;
  }

  /**
   * Symbols without a value come last in both directions; equal ones keep the order that they have unsorted.
   *
   * @param {Entry} a
   * @param {Entry} b
   */
  #compare = (a, b) => {
    if (a.value === b.value) return a.rank - b.rank;
    if (a.value === undefined || b.value === undefined) return a.value === undefined ? 1 : -1;
    return (a.value < b.value) === (this.#sort?.direction === "ascending") ? -1 : 1;
  };

  /** @param {Entry[]} entries */
  #take(entries) {
    const before = this.order;
    if (entries.length === before.length && entries.every(({ symbol }, place) => symbol === before[place])) return false;
    this.order = entries.map(({ symbol }) => symbol);
    this.#places = new Map(this.order.map((symbol, place) => [symbol, place]));
    return true;
  }
}

/**
 * @param {Entry[]} some in order
 * @param {Entry[]} others in order
 * @param {(a: Entry, b: Entry) => number} compare
 */
function merged(some, others, compare) {
  const all = [];
  let next = 0;
  for (const each of some) {
    while (next < others.length && compare(others[next], each) < 0) all.push(others[next++]);
    all.push(each);
  }
  while (next < others.length) all.push(others[next++]);
  return all;
}
