/** The rows that exist: those in sight and a few beyond, each at its place, and used again for other symbols. */

import { putInOrder } from "./reordering.js";
import { Row } from "./row.js";

/** @typedef {import("./sight.js").Range} Range */

/** Rows that are kept for later use. */
const SPARE = 60;

export class Sheet {
  /** @type {Map<string, Row>} by symbol */
  rows = new Map();
  /** @type {Row[]} without a symbol */
  #spare = [];
  #body;
  #template;
  #chosen = "";
  /** The symbol whose row Tab reaches. */
  #reachable = "";
  #count = -1;

  /**
   * @param {HTMLTableSectionElement} body
   * @param {HTMLTemplateElement} template of a row
   */
  constructor(body, template) {
    this.#body = body;
    this.#template = template;
  }

  /**
   * Have a row for each symbol of a range, and no others but the focused one. Return the rows that are new.
   *
   * @param {readonly string[]} order of all symbols
   * @param {Range} range
   * @param {(symbol: string) => number | undefined} placeOf
   */
  lay(order, { first, from, to }, placeOf) {
    const wanted = order.slice(from, to);
    const held = this.#focused;
    const place = held && placeOf(held.symbol);
    // Without its row the keyboard would start again at the top of the page.
    if (held && place !== undefined) {
      if (place < from) wanted.unshift(held.symbol);
      else if (place >= to) wanted.push(held.symbol);
    }
    const staying = new Set(wanted);
    for (const [symbol, row] of this.rows) if (!staying.has(symbol)) this.#release(symbol, row);
    const made = [];
    for (const symbol of wanted) {
      let row = this.rows.get(symbol);
      if (!row) made.push((row = this.#take(symbol)));
      row.moveTo(placeOf(symbol) ?? 0);
    }
    putInOrder(this.#body, wanted.map((symbol) => /** @type {Row} */ (this.rows.get(symbol)).element));
    for (const row of this.#spare.splice(SPARE)) row.element.remove();
    this.#size(order.length);
    if (!this.rows.has(this.#reachable)) this.reach(order[first] ?? "");
    return made;
  }

  /** The symbol of the focused row; empty: none has the focus. */
  get focused() {
    return this.#focused?.symbol ?? "";
  }

  get #focused() {
    const active = document.activeElement;
    if (!active || !this.#body.contains(active)) return undefined;
    return this.rows.get(/** @type {HTMLElement} */ (active.closest("tr")).dataset.symbol ?? "");
  }

  /** @param {string} symbol in the chart */
  choose(symbol) {
    for (const each of [this.#chosen, symbol]) {
      const row = this.rows.get(each);
      if (row) row.chosen = each === symbol;
    }
    this.#chosen = symbol;
  }

  /** @param {string} symbol whose row Tab reaches */
  reach(symbol) {
    for (const each of [this.#reachable, symbol]) {
      const row = this.rows.get(each);
      if (row) row.reachable = each === symbol;
    }
    this.#reachable = symbol;
  }

  /** @param {string} symbol */
  #take(symbol) {
    const row = this.#spare.pop() ?? new Row(this.#template);
    row.turnTo(symbol);
    row.chosen = symbol === this.#chosen;
    row.reachable = symbol === this.#reachable;
    this.rows.set(symbol, row);
    return row;
  }

  /**
   * @param {string} symbol
   * @param {Row} row
   */
  #release(symbol, row) {
    this.rows.delete(symbol);
    row.element.remove();
    row.place = -1;
    this.#spare.push(row);
  }

  /** @param {number} count of places */
  #size(count) {
    if (count === this.#count) return;
    this.#count = count;
    this.#body.style.setProperty("--places", String(count));
    // With the headers: a screen reader tells how many rows there are, not how many exist.
    this.#body.parentElement?.setAttribute("aria-rowcount", String(count + 1));
  }
}
