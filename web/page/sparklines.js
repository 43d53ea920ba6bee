/** The sparklines of all rows: each begins with history, and gets a price every second. */

import { backOff } from "../tickcast/backoff.js";
import { readBars } from "./bar_history.js";

/** @typedef {import("./row.js").Row} Row */

/** Bars of history that a sparkline begins with. */
const HISTORY = 90;

export class Sparklines {
  /** @type {WeakSet<Row>} */
  #filled = new WeakSet();
  #reading = false;
  /** Number of failed reads since the last success, and the earliest time of the next, ms since the epoch. */
  #failures = 0;
  #due = 0;
  #colour;

  /** @param {(name: string) => string} colour of the theme, by name */
  constructor(colour) {
    this.#colour = colour;
  }

  /**
   * Advance all sparklines by a second.
   *
   * @param {Iterable<Row>} rows
   */
  advance(rows) {
    const [up, down, flat] = ["--up", "--down", "--dim"].map(this.#colour);
    for (const row of rows) {
      const { tick } = row.quote;
      if (tick) row.sparkline.add(tick);
      if (!row.visible) continue;
      const { trend } = row.element.dataset;
      row.sparkline.draw(trend === "up" ? up : trend === "down" ? down : flat);
    }
  }

  /**
   * Begin all sparklines again: the feed has started over.
   *
   * @param {Iterable<Row>} rows
   */
  startOver(rows) {
    for (const row of rows) row.sparkline.clear();
    this.#filled = new WeakSet();
  }

  /**
   * Begin the sparklines of some rows again: their symbols have left the feed.
   *
   * @param {Iterable<Row>} rows
   */
  forget(rows) {
    for (const row of rows) {
      row.sparkline.clear();
      this.#filled.delete(row);
    }
  }

  /**
   * Read the history of visible rows, one after the other. If a read fails, a later call continues after a wait.
   *
   * @param {Iterable<Row>} rows
   */
  async fill(rows) {
    if (this.#reading || Date.now() < this.#due) return;
    this.#reading = true;
    const filled = this.#filled;
    for (const row of rows) {
      if (!row.visible || !row.quote.tick || filled.has(row)) continue;
      const bars = await readBars(row.symbol, "1s", HISTORY);
      // The feed has started over meanwhile.
      if (filled !== this.#filled) break;
      // Or the symbol has left it.
      if (!row.quote.tick) continue;
      if (!bars) {
        this.#due = Date.now() + backOff(this.#failures++, Math.random());
        break;
      }
      this.#failures = 0;
      filled.add(row);
      row.sparkline.begin(bars);
    }
    this.#reading = false;
  }
}
