/** A row of the table: one symbol. */

import { Cell, mark } from "./cell.js";
import { COLUMNS, changeOf, digitsIn } from "./columns.js";
import { symbolLabel } from "./source_label.js";
import { Sparkline } from "./sparkline.js";

/** @typedef {import("../tickcast.js").Tick} Tick */
/** @typedef {import("./columns.js").Quote} Quote */

/** Columns that flash when their price moves. */
const FLASHING = /** @type {const} */ ([["last", "p"], ["bid", "bp"], ["ask", "ap"]]);

export class Row {
  /** Whether it is on the screen. */
  visible = false;
  /** @type {Map<string, Cell>} */
  #cells = new Map();
  /** @type {Quote} the quote that is shown */
  quote;
  /** Whether a quote could not be shown. */
  #failed = false;
  #label;
  #widths;

  /**
   * @param {HTMLTemplateElement} template a row with a cell of each column's class
   * @param {string} symbol
   * @param {import("./column_widths.js").ColumnWidths} widths of the columns
   */
  constructor(template, symbol, widths) {
    this.symbol = symbol;
    this.#widths = widths;
    this.quote = { symbol };
    this.element = /** @type {HTMLTableRowElement} */ (template.content.firstElementChild?.cloneNode(true));
    this.element.dataset.symbol = symbol;
    const [button, remove] = this.element.querySelectorAll("button");
    this.button = button;
    remove.setAttribute("aria-label", `Remove ${symbol}`);
    for (const { key } of COLUMNS) {
      const cell = /** @type {HTMLElement} */ (this.element.querySelector(`.${key}`));
      this.#cells.set(key, new Cell(cell, key === "symbol" ? button : cell));
    }
    this.#label = /** @type {HTMLElement} */ (this.element.querySelector(".src"));
    this.sparkline = new Sparkline(/** @type {HTMLCanvasElement} */ (this.element.querySelector("canvas")));
    this.#write();
  }

  /**
   * Show a quote. Return the cells that flash for it. If it cannot be shown, the row stays as it is and is marked as
   * old: one bad quote must not stop the other rows.
   *
   * @param {Quote} quote
   * @param {number} now ms
   */
  show(quote, now) {
    const before = this.quote;
    try {
      // Digits only grow: with fewer now and then, prices would jump to and fro.
      this.quote = { ...quote, seen: Math.max(before.seen ?? 0, digitsIn(quote)) };
      this.#write();
    } catch (error) {
      this.quote = before;
      this.old = true;
      // Every frame may fail again: report it once.
      if (!this.#failed) reportError(error);
      this.#failed = true;
      return [];
    }
    return before.tick && quote.tick && before.tick !== quote.tick ? this.#move(before.tick, quote.tick, now) : [];
  }

  /** @param {boolean} old the price may be outdated: it has not come again since ticks were lost */
  set old(old) {
    this.element.toggleAttribute("data-old", old);
  }

  get old() {
    return this.element.hasAttribute("data-old");
  }

  /** @param {boolean} chosen as the charted symbol */
  set chosen(chosen) {
    this.element.classList.toggle("chosen", chosen);
    this.button.setAttribute("aria-pressed", String(chosen));
  }

  #write() {
    for (const { key, text } of COLUMNS) {
      const written = text(this.quote);
      if (this.#cells.get(key)?.write(written)) this.#widths.add(key, written);
    }
    mark(this.element, "trend", changeOf(this.quote));
    this.#writeLabel();
  }

  #writeLabel() {
    const label = symbolLabel(this.quote.tick?.src);
    const text = label?.short ?? "";
    if (this.#label.textContent === text) return;
    this.#label.textContent = text;
    this.#label.title = label ? `These prices are ${label.text}` : "";
    this.element.toggleAttribute("data-src", Boolean(label));
    if (label) this.#widths.add("symbol", `${this.symbol} ${text}`);
  }

  /**
   * @param {Tick} before
   * @param {Tick} after
   * @param {number} now
   */
  #move(before, after, now) {
    const flashing = [];
    for (const [column, field] of FLASHING) {
      const step = (after[field] ?? NaN) - (before[field] ?? NaN);
      const cell = this.#cells.get(column);
      if (!step || !cell) continue;
      if (column === "last") mark(cell.element, "move", step);
      if (this.visible && cell.flash(step > 0, now)) flashing.push(cell);
    }
    return flashing;
  }
}
