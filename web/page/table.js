/**
 * The rows: made a few at a time, written at once where they are seen and by and by where not, put in
 * order without touching those that stay.
 */

import { FLASH_LASTS } from "./cell.js";
import { COLUMNS } from "./columns.js";
import { matches } from "./filter.js";
import { putInOrder } from "./reordering.js";
import { Row } from "./row.js";
import { sorted } from "./sorting.js";
import { Widths } from "./column_widths.js";

/** @typedef {import("../tickcast.js").Tick} Tick */
/** @typedef {import("./sorting.js").Sort} Sort */

/** Rows made in one frame: 500 at once would hold up the page for a tenth of a second. */
const MADE_AT_ONCE = 40;

/** ms between two paints: as quick as prices can be read, and a fifth of the work of every frame. */
const PAINT_EVERY = 90;

/** Rows out of sight that are written at once, and ms between two such turns: all 500 take a second. */
const HIDDEN_AT_ONCE = 64;
const HIDDEN_EVERY = 125;

export class Table {
  /** @type {Map<string, Row>} in the order of the symbols */
  rows = new Map();
  /** @type {Sort | undefined} */
  sort;
  search = "";
  /** @type {Set<string>} symbols that have no row yet */
  #wanted = new Set();
  /** @type {Map<string, Tick>} ticks not shown yet, of rows in sight, and of the others */
  #fresh = new Map();
  #later = new Map();
  #laterDue = 0;
  #painted = -PAINT_EVERY;
  /** @type {{cell: import("./cell.js").Cell, until: number}[]} cells that flash, the oldest first */
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
    this.#widths = new Widths(/** @type {HTMLTableElement} */ (body.parentElement));
    this.#sight = new IntersectionObserver((seen) => this.#see(seen), { rootMargin: "64px" });
  }

  /**
   * Give symbols rows; those that have one keep it.
   *
   * @param {Iterable<string>} symbols
   */
  want(symbols) {
    for (const symbol of symbols) if (!this.rows.has(symbol)) this.#wanted.add(symbol);
  }

  /** Whether rows are still to be made. */
  get growing() {
    return this.#wanted.size > 0;
  }

  /**
   * Remove every other row, also those that are still to be made.
   *
   * @param {(symbol: string) => boolean} stays
   */
  keep(stays) {
    for (const symbol of [...this.rows.keys(), ...this.#wanted]) if (!stays(symbol)) this.#remove(symbol);
  }

  /** @param {string} symbol */
  #remove(symbol) {
    for (const held of [this.#wanted, this.#fresh, this.#later]) held.delete(symbol);
    const row = this.rows.get(symbol);
    if (!row) return;
    this.#sight.unobserve(row.element);
    row.element.remove();
    this.rows.delete(symbol);
  }

  /**
   * Take in ticks, to be shown by `paint`.
   *
   * @param {Iterable<Tick>} ticks
   */
  take(ticks) {
    for (const tick of ticks) {
      const row = this.rows.get(tick.S);
      if (!row) this.#wanted.add(tick.S);
      (row && !row.visible ? this.#later : this.#fresh).set(tick.S, tick);
    }
  }

  /** Let the next `paint` be due at once. */
  hasten() {
    this.#painted = -PAINT_EVERY;
  }

  /**
   * Show what was taken in, if it is time. Return the ms until there is more to do; Infinity: nothing is.
   *
   * @param {number} now ms
   */
  paint(now) {
    this.grow();
    if (now - this.#painted >= PAINT_EVERY) {
      this.#painted = now;
      while (this.#flashing.length && this.#flashing[0].until <= now) this.#flashing.shift()?.cell.calm();
      for (const [symbol, tick] of this.#fresh) if (this.#show(symbol, tick, now)) this.#fresh.delete(symbol);
      if (now >= this.#laterDue) this.#paintLater(now);
      this.#widths.apply();
    }
    if (this.#wanted.size) return 0;
    const more = this.#fresh.size + this.#later.size + this.#flashing.length;
    return more ? PAINT_EVERY - (now - this.#painted) : Infinity;
  }

  /** Make rows, a few at a time, without prices. Return the ms until there is more to do; Infinity: nothing is. */
  grow() {
    if (this.#wanted.size) this.#make();
    return this.#wanted.size ? 0 : Infinity;
  }

  /** @param {number} now */
  #paintLater(now) {
    this.#laterDue = now + HIDDEN_EVERY;
    let left = HIDDEN_AT_ONCE;
    for (const [symbol, tick] of this.#later) {
      if (left-- === 0) break;
      this.#show(symbol, tick, now);
      this.#later.delete(symbol);
    }
  }

  /** Show everything taken in, however much it is. */
  finish() {
    while (this.#wanted.size) this.#make();
    for (const held of [this.#fresh, this.#later]) {
      for (const [symbol, tick] of held) this.#show(symbol, tick, 0);
      held.clear();
    }
    this.#widths.apply();
  }

  /** Write every row again, after more has become known of the symbols. */
  describe() {
    for (const { symbol, quote, visible } of this.rows.values()) {
      const held = visible ? this.#fresh : this.#later;
      if (quote.tick && !held.has(symbol)) held.set(symbol, quote.tick);
      else if (!quote.tick) this.rows.get(symbol)?.show(this.#bare(symbol), 0);
    }
  }

  /** Mark every row as not refreshed, until its next tick, or `renew`. */
  age() {
    for (const row of this.rows.values()) row.old = true;
  }

  /**
   * Take the marks away where the newest price is shown. Elsewhere they stay until it is.
   *
   * @param {ReadonlyMap<string, Tick>} newest
   */
  renew(newest) {
    for (const row of this.rows.values()) if (row.quote.tick === newest.get(row.symbol)) row.old = false;
  }

  /** Put the rows in order, and hide those that the search does not mean. Return how many are shown. */
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
   * Return what is known of a symbol without a price.
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
    // Shown again for another reason, a price is no newer.
    if (tick !== row.quote.tick) row.old = false;
    const flashing = row.show({ symbol, tick, instrument: this.#instruments.get(symbol) }, now);
    for (const cell of flashing) this.#flashing.push({ cell, until: now + FLASH_LASTS });
    return true;
  }

  /** @param {IntersectionObserverEntry[]} seen */
  #see(seen) {
    for (const { target, isIntersecting } of seen) {
      const row = this.rows.get(/** @type {HTMLElement} */ (target).dataset.symbol ?? "");
      if (!row) continue;
      row.visible = isIntersecting;
      const tick = this.#later.get(row.symbol);
      if (!isIntersecting || !tick) continue;
      this.#later.delete(row.symbol);
      this.#fresh.set(row.symbol, tick);
    }
  }
}
