/** A row of the table. There are as many as fit on the screen, and a few more: each shows one symbol after another. */

import { Cell, mark } from "./cell.js";
import { COLUMNS, changeOf } from "./columns.js";
import { besides } from "./symbol_state.js";

/** @typedef {import("../tickcast.js").Tick} Tick */
/** @typedef {import("./columns.js").Quote} Quote */

/** Columns that flash when their price moves. */
const FLASHING = /** @type {const} */ ([["last", "p"], ["bid", "bp"], ["ask", "ap"]]);

/** Columns whose texts may be cut: the whole text is their title. */
const CUT = new Set(["symbol", "name"]);

export class Row {
  symbol = "";
  /** Place in the table, from 0. */
  place = -1;
  /** @type {Map<string, Cell>} */
  #cells = new Map();
  /** @type {Quote | undefined} the quote that is shown */
  #quote;
  #label;
  #remove;

  /** @param {HTMLTemplateElement} template a row with a cell of each column's class */
  constructor(template) {
    this.element = /** @type {HTMLTableRowElement} */ (template.content.firstElementChild?.cloneNode(true));
    const [button, remove] = this.element.querySelectorAll("button");
    this.button = button;
    this.#remove = remove;
    for (const { key } of COLUMNS) {
      const cell = /** @type {HTMLElement} */ (this.element.querySelector(`.${key}`));
      this.#cells.set(key, new Cell(cell, key === "symbol" ? this.button : cell));
    }
    this.#label = /** @type {HTMLElement} */ (this.element.querySelector(".src"));
    this.element.append(handle());
    this.canvas = /** @type {HTMLCanvasElement} */ (this.element.querySelector("canvas"));
  }

  /**
   * Turn to another symbol; `show` must follow.
   *
   * @param {string} symbol
   */
  turnTo(symbol) {
    this.symbol = symbol;
    this.#quote = undefined;
    this.element.dataset.symbol = symbol;
    this.#remove.setAttribute("aria-label", `Remove ${symbol}`);
    for (const [column] of FLASHING) this.#cells.get(column)?.calm();
  }

  /**
   * Stand at a place of the table.
   *
   * @param {number} place
   */
  moveTo(place) {
    if (place === this.place) return;
    this.place = place;
    this.element.style.setProperty("--place", String(place));
    // The first row is that of the headers.
    this.element.setAttribute("aria-rowindex", String(place + 2));
  }

  /**
   * Show a quote. Return the cells that flash for it.
   *
   * @param {Quote} quote
   * @param {number} now ms
   * @param {readonly import("./columns.js").Column[]} columns that are shown
   */
  show(quote, now, columns) {
    const before = this.#quote;
    if (before === quote) return [];
    this.#quote = quote;
    for (const { key, text } of columns) {
      const written = text(quote);
      if (typeof written !== "string") throw new TypeError(`${key} of ${quote.symbol} is no text`);
      const cell = this.#cells.get(key);
      if (cell?.write(written) && CUT.has(key)) cell.holder.title = written;
    }
    mark(this.element, "trend", changeOf(quote));
    const last = this.#cells.get("last")?.element;
    if (last && last.dataset.move !== (quote.moved ?? "")) last.dataset.move = quote.moved ?? "";
    this.old = Boolean(quote.old);
    this.#writeLabel(quote);
    return before?.tick && quote.tick && before.tick !== quote.tick ? this.#flash(before.tick, quote.tick, now) : [];
  }

  /** @param {boolean} old the price may be outdated: it has not come again since ticks were lost */
  set old(old) {
    if (old !== this.element.hasAttribute("data-old")) this.element.toggleAttribute("data-old", old);
  }

  /** @param {boolean} chosen as the charted symbol */
  set chosen(chosen) {
    this.element.classList.toggle("chosen", chosen);
    this.button.setAttribute("aria-pressed", String(chosen));
  }

  /** @param {boolean} reachable by Tab */
  set reachable(reachable) {
    this.button.tabIndex = reachable ? 0 : -1;
  }

  /** @param {Quote} quote */
  #writeLabel(quote) {
    const { short, title } = besides(quote);
    if (this.#label.textContent === short) return;
    this.#label.textContent = short;
    this.#label.title = title;
    this.element.dataset.state = quote.state ?? "";
  }

  /**
   * @param {Tick} before
   * @param {Tick} after
   * @param {number} now
   */
  #flash(before, after, now) {
    const flashing = [];
    for (const [column, field] of FLASHING) {
      const step = (after[field] ?? NaN) - (before[field] ?? NaN);
      const cell = this.#cells.get(column);
      if (step && cell?.flash(step > 0, now)) flashing.push(cell);
    }
    return flashing;
  }
}

/** The handle by which a row is dragged. It is for pointers: the keyboard moves the focused row itself. */
function handle() {
  const made = document.createElement("span");
  made.className = "handle";
  made.title = "Drag to order, or press Alt+↑ or Alt+↓";
  made.setAttribute("aria-hidden", "true");
  return made;
}
