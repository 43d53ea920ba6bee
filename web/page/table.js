/**
 * The rows of the table: made a few at a time, written at once while visible and by turns while not, and put in order
 * by moving as few as possible.
 */

import { FLASH_LASTS } from "./cell.js";
import { COLUMNS } from "./columns.js";
import { matches } from "./filter.js";
import { putInOrder } from "./reordering.js";
import { Row } from "./row.js";
import { sorted } from "./sorting.js";
import { ColumnWidths } from "./column_widths.js";

/** @typedef {import("../tickcast.js").Tick} Tick */
/** @typedef {import("./sorting.js").Sort} Sort */

/** Rows made in one frame: 500 at once would block the page for a tenth of a second. */
const MADE_AT_ONCE = 40;

/** ms between two paints: as fast as prices can be read, at a fifth of the work of painting every frame. */
const PAINT_EVERY = 90;

/** Rows out of sight that are written in one turn, and ms between two turns: 500 rows take a second. */
const HIDDEN_AT_ONCE = 64;
const HIDDEN_EVERY = 125;

export class Table {
  /** @type {Map<string, Row>} by symbol, in the order of the symbols */
  rows = new Map();
  /** @type {Sort | undefined} */
  sort;
  search = "";
  /** @type {Set<string>} symbols that have no row yet */
  #wanted = new Set();
  /** @type {Map<string, Tick>} ticks that are not shown yet: of visible rows, and of the others */
  #due = new Map();
  #hiddenDue = new Map();
  #hiddenAt = 0;
  #painted = -PAINT_EVERY;
  /** @type {{cell: import("./cell.js").Cell, until: number}[]} cells that flash, oldest first */
  #flashing = [];
  #body;
  #template;
  #instruments;
  #sight;
  #widths;

  /**
   * @param {HTMLTableSectionElement} body
   * @param {HTMLTemplateElement} template of a row
   * @param {import("./instruments.js").Instruments} instruments
   */
  constructor(body, template, instruments) {
    this.#body = body;
    this.#template = template;
    this.#instruments = instruments;
    this.#widths = new ColumnWidths(/** @type {HTMLTableElement} */ (body.parentElement));
    this.#sight = new IntersectionObserver((seen) => this.#setVisible(seen), { rootMargin: "64px" });
  }

  /**
   * Give rows to symbols that have none.
   *
   * @param {Iterable<string>} symbols
   */
  want(symbols) {
    for (const symbol of symbols) if (!this.rows.has(symbol)) this.#wanted.add(symbol);
  }

  /** Whether there are rows still to be made. */
  get growing() {
    return this.#wanted.size > 0;
  }

  /**
   * Remove all other rows, also those still to be made.
   *
   * @param {(symbol: string) => boolean} stays
   */
  keep(stays) {
    for (const symbol of [...this.rows.keys(), ...this.#wanted]) if (!stays(symbol)) this.#remove(symbol);
  }

  /** @param {string} symbol */
  #remove(symbol) {
    for (const held of [this.#wanted, this.#due, this.#hiddenDue]) held.delete(symbol);
    const row = this.rows.get(symbol);
    if (!row) return;
    this.#sight.unobserve(row.element);
    row.element.remove();
    this.rows.delete(symbol);
  }

  /**
   * Take in ticks, for `paint` to show.
   *
   * @param {Iterable<Tick>} ticks
   */
  take(ticks) {
    for (const tick of ticks) {
      const row = this.rows.get(tick.S);
      if (!row) this.#wanted.add(tick.S);
      (row && !row.visible ? this.#hiddenDue : this.#due).set(tick.S, tick);
    }
  }

  /** Make the next `paint` due at once. */
  hasten() {
    this.#painted = -PAINT_EVERY;
  }

  /**
   * Show the ticks taken in, if a paint is due. Return the ms until there is more to do; Infinity: nothing to do.
   *
   * @param {number} now ms
   */
  paint(now) {
    this.grow();
    if (now - this.#painted >= PAINT_EVERY) {
      this.#painted = now;
      while (this.#flashing.length && this.#flashing[0].until <= now) this.#flashing.shift()?.cell.calm();
      for (const [symbol, tick] of this.#due) if (this.#show(symbol, tick, now)) this.#due.delete(symbol);
      if (now >= this.#hiddenAt) this.#paintHidden(now);
      this.#widths.apply();
    }
    if (this.#wanted.size) return 0;
    const more = this.#due.size + this.#hiddenDue.size + this.#flashing.length;
    return more ? PAINT_EVERY - (now - this.#painted) : Infinity;
  }

  /** Make a few rows, without prices. Return the ms until there is more to do; Infinity: nothing to do. */
  grow() {
    if (this.#wanted.size) this.#make();
    return this.#wanted.size ? 0 : Infinity;
  }

  /** @param {number} now */
  #paintHidden(now) {
    this.#hiddenAt = now + HIDDEN_EVERY;
    let left = HIDDEN_AT_ONCE;
    for (const [symbol, tick] of this.#hiddenDue) {
      if (left-- === 0) break;
      this.#show(symbol, tick, now);
      this.#hiddenDue.delete(symbol);
    }
  }

  /** Show everything taken in, however much. */
  finish() {
    while (this.#wanted.size) this.#make();
    for (const held of [this.#due, this.#hiddenDue]) {
      for (const [symbol, tick] of held) this.#show(symbol, tick, 0);
      held.clear();
    }
    this.#widths.apply();
  }

  /** Write every row again, after more has become known about the symbols. */
  describe() {
    for (const { symbol, quote, visible } of this.rows.values()) {
      const held = visible ? this.#due : this.#hiddenDue;
      if (quote.tick && !held.has(symbol)) held.set(symbol, quote.tick);
      else if (!quote.tick) this.rows.get(symbol)?.show(this.#bare(symbol), 0);
    }
  }

  /** Mark every row as old, until its next tick or `unmarkNewest`. */
  markOld() {
    for (const row of this.rows.values()) row.old = true;
  }

  /**
   * Take the prices from rows whose symbols the feed does not have any more.
   *
   * @param {ReadonlyMap<string, Tick>} newest tick of every symbol
   */
  clearGone(newest) {
    for (const row of this.rows.values()) {
      if (newest.has(row.symbol)) continue;
      for (const held of [this.#due, this.#hiddenDue]) held.delete(row.symbol);
      if (row.quote.tick) row.show(this.#bare(row.symbol), 0);
      row.old = false;
    }
  }

  /**
   * Unmark the rows that show the newest price. The others stay marked until they do.
   *
   * @param {ReadonlyMap<string, Tick>} newest
   */
  unmarkNewest(newest) {
    for (const row of this.rows.values()) if (row.quote.tick === newest.get(row.symbol)) row.old = false;
  }

  /** Put the rows in order, and hide those that the search does not find. Return how many are shown. */
  arrange() {
    let rows = [...this.rows.values()];
    const { sort } = this;
    const column = COLUMNS.find(({ key }) => key === sort?.key);
    if (sort && column) rows = sorted(rows, ({ quote }) => column.value(quote), sort.direction);
    putInOrder(this.#body, rows.map(({ element }) => element));
    let shown = 0;
    for (const { element, symbol, quote } of rows) {
      const hidden = !matches(this.search, symbol, quote.instrument?.name);
      if (element.hidden !== hidden) element.hidden = hidden;
      shown += Number(!hidden);
    }
    return shown;
  }

  #make() {
    let left = MADE_AT_ONCE;
    for (const symbol of [...this.#wanted].sort()) {
      if (left-- === 0) break;
      this.#wanted.delete(symbol);
      const row = new Row(this.#template, symbol, this.#widths);
      row.show(this.#bare(symbol), 0);
      this.rows.set(symbol, row);
      this.#sight.observe(row.element);
    }
    this.rows = new Map([...this.rows].sort(([a], [b]) => (a < b ? -1 : 1)));
    this.#widths.apply();
    this.arrange();
  }

  /**
   * Return the quote of a symbol without a price.
   *
   * @param {string} symbol
   * @returns {import("./columns.js").Quote}
   */
  #bare(symbol) {
    return { symbol, instrument: this.#instruments.get(symbol), missing: !this.#instruments.knows(symbol) };
  }

  /**
   * @param {string} symbol
   * @param {Tick} tick
   * @param {number} now
   */
  #show(symbol, tick, now) {
    const row = this.rows.get(symbol);
    if (!row) return false;
    // The same tick shown again is no newer.
    if (tick !== row.quote.tick) row.old = false;
    const flashing = row.show({ symbol, tick, instrument: this.#instruments.get(symbol) }, now);
    for (const cell of flashing) this.#flashing.push({ cell, until: now + FLASH_LASTS });
    return true;
  }

  /** @param {IntersectionObserverEntry[]} seen */
  #setVisible(seen) {
    for (const { target, isIntersecting } of seen) {
      const row = this.rows.get(/** @type {HTMLElement} */ (target).dataset.symbol ?? "");
      if (!row) continue;
      row.visible = isIntersecting;
      const tick = this.#hiddenDue.get(row.symbol);
      if (!isIntersecting || !tick) continue;
      this.#hiddenDue.delete(row.symbol);
      this.#due.set(row.symbol, tick);
    }
  }
}
