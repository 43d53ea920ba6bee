/**
 * The table: quotes are taken in at any time, and shown at most every 90 ms, in the rows that exist. What it costs
 * depends on what has changed and on the size of the screen, not on the length of the list.
 */

import { FLASH_LASTS } from "./cell.js";
import { Listing } from "./listing.js";
import { Sheet } from "./sheet.js";
import { Sight } from "./sight.js";
import { stuckHeight } from "./stuck.js";
import { TableLayout } from "./table_layout.js";
import { Widest } from "./widest.js";

/** @typedef {import("./sorting.js").Sort} Sort */

/** ms between two paints: as fast as prices can be read, at a fifth of the work of painting every frame. */
const PAINT_EVERY = 90;

/** px between a row that is focused and the header, where those of the columns stay, and the lower edge. */
const ABOVE = 45;
const BELOW = 20;

export class Table {
  #listing;
  #sheet;
  #sight;
  #layout;
  #widest;
  #quotes;
  #body;
  /** Symbols whose quotes have changed since the last paint, and since the last `arrange`. */
  #due;
  #unsorted;
  /** Whether symbols have come or gone. */
  #stirred = false;
  /** @type {(rows: import("./row.js").Row[]) => void} */
  #onRows;
  #choice;
  #columns;
  /** Whether a quote could not be shown: once is enough to report it. */
  #failed = false;
  #painted = -PAINT_EVERY;
  /** @type {{cell: import("./cell.js").Cell, until: number}[]} cells that flash, oldest first */
  #flashing = [];

  /**
   * @param {HTMLTableSectionElement} body
   * @param {HTMLTemplateElement} template of a row
   * @param {import("./quotes.js").Quotes} quotes
   * @param {import("./column_choice.js").ColumnChoice} choice
   * @param {(rows: import("./row.js").Row[]) => void} onRows called with rows that have turned to other symbols
   */
  constructor(body, template, quotes, choice, onRows) {
    const table = /** @type {HTMLTableElement} */ (body.parentElement);
    this.#body = body;
    this.#quotes = quotes;
    this.#due = quotes.follow();
    this.#unsorted = quotes.follow();
    this.#onRows = onRows;
    this.#choice = choice;
    this.#columns = choice.shown;
    this.#listing = new Listing(quotes);
    this.#sheet = new Sheet(body, template);
    this.#layout = new TableLayout(table, choice, () => this.#lay());
    this.#widest = new Widest((key, text) => this.#layout.add(key, text), choice);
    this.#sight = new Sight(body, () => this.#lay());
  }

  /** The rows that exist. */
  get rows() {
    return this.#sheet.rows.values();
  }

  /** The symbols in the table, from top to bottom: another array after each change. */
  get order() {
    return this.#listing.order;
  }

  /** How many symbols are in the table, and how many a search may find. */
  get shown() {
    return this.#listing.order.length;
  }

  get search() {
    return this.#listing.search;
  }

  set search(text) {
    this.#listing.search = text;
    this.#lay();
  }

  /** The first symbol of the table. @returns {string | undefined} */
  get top() {
    return this.#listing.order[0];
  }

  get sort() {
    return this.#listing.sort;
  }

  /** @param {Sort | undefined} sort */
  set sort(sort) {
    this.#listing.sort = sort;
    this.#lay();
  }

  /** @param {import("./own_order.js").OwnOrder} own the order while no column is sorted */
  set own(own) {
    this.#listing.own = own;
    this.stir();
  }

  /** Whether the reader may move rows. */
  get byHand() {
    return this.#listing.byHand;
  }

  /** Show the columns that the reader wants now; the quotes must be renewed, so that all are written. */
  chooseColumns() {
    this.#columns = this.#choice.shown;
    this.#layout.rearrange();
    this.hasten();
  }

  /** Make the next `paint` due at once. */
  hasten() {
    this.#painted = -PAINT_EVERY;
  }

  /** Take note that symbols have come or gone. */
  stir() {
    this.#stirred = true;
    this.hasten();
  }

  /**
   * Show what has changed, if a paint is due. Return the ms until there is more to do; Infinity: nothing to do.
   *
   * @param {number} now ms
   */
  paint(now) {
    if (now - this.#painted >= PAINT_EVERY) {
      this.#painted = now;
      this.#quotes.release();
      const due = this.#due.take();
      while (this.#flashing.length && this.#flashing[0].until <= now) this.#flashing.shift()?.cell.calm();
      for (const symbol of due) this.#measure(symbol);
      this.#layout.apply();
      if (this.#stirred) this.#begin();
      for (const [symbol, row] of this.#sheet.rows) if (due.has(symbol)) this.#show(row, now);
    }
    const more = this.#quotes.waiting + this.#due.size + this.#flashing.length;
    return more ? PAINT_EVERY - (now - this.#painted) : Infinity;
  }

  /** Bring the rows to the order of the values that the quotes have now. */
  arrange() {
    if (this.#stirred) this.#begin();
    else if (this.#listing.review(this.#unsorted.take())) this.#lay();
  }

  /**
   * Return the symbol some rows below another one, or above; the last or first one if there are not so many.
   *
   * @param {string} symbol
   * @param {number} steps
   */
  from(symbol, steps) {
    const { order } = this.#listing;
    const place = (this.#listing.placeOf(symbol) ?? 0) + steps;
    return order[Math.min(Math.max(place, 0), order.length - 1)];
  }

  /**
   * Focus the row of a symbol, which may be far out of sight.
   *
   * @param {string} symbol
   * @param {boolean} [noScroll] do not scroll to the row
   */
  focus(symbol, noScroll = false) {
    const place = this.#listing.placeOf(symbol);
    if (place === undefined) return;
    if (!noScroll) this.#bringIntoSight(place);
    const row = this.#sheet.rows.get(symbol);
    if (!row) return;
    this.#sheet.reach(symbol);
    row.button.focus({ preventScroll: true });
  }

  /** @param {string} symbol in the chart */
  choose(symbol) {
    this.#sheet.choose(symbol);
  }

  /** Return the first symbol of the table with a price; empty: there is none. */
  first() {
    return this.#listing.order.find((symbol) => this.#quotes.get(symbol)?.tick) ?? "";
  }

  #begin() {
    this.#stirred = false;
    this.#unsorted.take();
    this.#listing.fill();
    this.#lay();
  }

  /** Have rows for what is in sight, written at once: no row is ever blank. */
  #lay() {
    const { order } = this.#listing;
    this.#body.toggleAttribute("data-by-hand", this.#listing.byHand);
    const range = this.#sight.range(order.length, this.#layout.height);
    const turned = this.#sheet.lay(order, range, (symbol) => this.#listing.placeOf(symbol));
    for (const row of turned) this.#show(row, 0);
    if (turned.length) this.#onRows(turned);
  }

  /** @param {number} place */
  #bringIntoSight(place) {
    const top = this.#body.getBoundingClientRect().top + place * this.#layout.height;
    const over = top - ABOVE - stuckHeight();
    const under = top + this.#layout.height + BELOW - innerHeight;
    if (over < 0) scrollBy({ top: over, behavior: "instant" });
    else if (under > 0) scrollBy({ top: under, behavior: "instant" });
    this.#sight.moved = true;
    this.#lay();
  }

  /** @param {string} symbol */
  #measure(symbol) {
    const quote = this.#quotes.get(symbol);
    try {
      if (quote) this.#widest.add(quote);
    } catch {
      // Its row will say so.
    }
  }

  /**
   * Show the quote of a row. If it cannot be shown, the row is marked as old: one bad quote must not stop the others.
   *
   * @param {import("./row.js").Row} row
   * @param {number} now
   */
  #show(row, now) {
    const quote = this.#quotes.get(row.symbol);
    if (!quote) return;
    try {
      for (const cell of row.show(quote, now, this.#columns)) this.#flashing.push({ cell, until: now + FLASH_LASTS });
    } catch (error) {
      row.old = true;
      if (!this.#failed) reportError(error);
      this.#failed = true;
    }
  }
}
