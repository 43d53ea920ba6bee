/** The table of prices: one row a symbol, in alphabetical order. */

import { NOTHING, decimals, price, signed, size, time } from "./numbers.js";

/** @typedef {import("../tickcast.js").Tick} Tick */
/** @typedef {import("./instruments.js").Instrument} Instrument */

/** ms between two flashes of a cell: under the three a second that may harm a viewer. */
const FLASH_EVERY = 400;
const FLASH_FADES = 500;

const COLUMNS = /** @type {const} */ ([
  "symbol", "name", "last", "change", "percent", "bid", "bid-size", "ask", "ask-size", "time",
]);

/** Prices whose moves are shown by a flash. */
const FLASHING = /** @type {const} */ ([["last", "p"], ["bid", "bp"], ["ask", "ap"]]);

const calm = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");

export class Table {
  /** @type {Map<string, Row>} */
  #rows = new Map();
  #body;
  #instrument;

  /**
   * @param {HTMLElement} body
   * @param {(symbol: string) => Instrument | undefined} instrument
   */
  constructor(body, instrument) {
    this.#body = body;
    this.#instrument = instrument;
  }

  /** How many rows there are. */
  get size() {
    return this.#rows.size;
  }

  /**
   * Show ticks; a symbol seen for the first time gets a row.
   *
   * @param {Iterable<Tick>} ticks
   */
  update(ticks) {
    const before = this.#rows.size;
    for (const tick of ticks) {
      let row = this.#rows.get(tick.S);
      if (!row) this.#rows.set(tick.S, (row = new Row(tick.S)));
      row.show(tick, this.#instrument(tick.S));
    }
    if (this.#rows.size > before) this.#arrange();
  }

  #arrange() {
    const rows = [...this.#rows.values()].sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
    this.#body.replaceChildren(...rows.map((row) => row.element));
  }
}

class Row {
  element = document.createElement("tr");
  /** @type {Record<string, HTMLElement>} */
  #cells = {};
  /** @type {Tick | undefined} */
  #tick;
  /** @type {Record<string, number>} when each cell last flashed, ms */
  #flashed = {};

  /** @param {string} symbol */
  constructor(symbol) {
    this.symbol = symbol;
    this.element.setAttribute("role", "row");
    this.element.dataset.symbol = symbol;
    for (const column of COLUMNS) this.element.append((this.#cells[column] = cell(column)));
    write(this.#cells.symbol, symbol);
  }

  /**
   * @param {Tick} tick
   * @param {Instrument | undefined} instrument
   */
  show(tick, instrument) {
    const cells = this.#cells;
    const digits = instrument ? decimals(instrument.tick) : decimals(tick.p);
    const change = instrument?.ref ? tick.p - instrument.ref : undefined;
    write(cells.name, instrument?.name || NOTHING);
    write(cells.last, price(tick.p, digits));
    write(cells.change, change === undefined ? NOTHING : signed(change, digits));
    write(cells.percent, change === undefined ? NOTHING : `${signed((change / instrument.ref) * 100, 2)}%`);
    write(cells.bid, price(tick.bp, digits));
    write(cells["bid-size"], size(tick.bs));
    write(cells.ask, price(tick.ap, digits));
    write(cells["ask-size"], size(tick.as));
    write(cells.time, time(tick.t));
    mark(this.element, "trend", change);
    if (this.#tick) this.#move(this.#tick, tick);
    this.#tick = tick;
  }

  /**
   * @param {Tick} before
   * @param {Tick} after
   */
  #move(before, after) {
    for (const [column, field] of FLASHING) {
      const step = (after[field] ?? NaN) - (before[field] ?? NaN);
      if (!step) continue;
      if (column === "last") mark(this.#cells.last, "move", step);
      this.#flash(column, step > 0 ? "--up-wash" : "--down-wash");
    }
  }

  /**
   * @param {string} column
   * @param {string} wash the colour's name in style.css
   */
  #flash(column, wash) {
    const now = performance.now();
    if (calm?.matches || now - (this.#flashed[column] ?? -FLASH_EVERY) < FLASH_EVERY) return;
    this.#flashed[column] = now;
    const frames = [{ backgroundColor: `var(${wash})` }, { backgroundColor: "transparent" }];
    this.#cells[column].animate(frames, { duration: FLASH_FADES, easing: "ease-out" });
  }
}

/** @param {string} column */
function cell(column) {
  const heads = column === "symbol";
  const element = document.createElement(heads ? "th" : "td");
  element.setAttribute("role", heads ? "rowheader" : "cell");
  if (heads) element.setAttribute("scope", "row");
  element.className = column;
  return element;
}

/**
 * Writing the same text again would still cost a layout.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {HTMLElement} element
 * @param {"trend" | "move"} name
 * @param {number | undefined} value
 */
function mark(element, name, value) {
  const way = value ? (value > 0 ? "up" : "down") : "";
  if (element.dataset[name] !== way) element.dataset[name] = way;
}
