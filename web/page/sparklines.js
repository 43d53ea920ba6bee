/** The sparklines of the table: each begins with the bars before it was seen, and goes on once a second. */

import { backOff } from "../tickcast/backoff.js";
import { readBars } from "./bar_history.js";

/** @typedef {import("./row.js").Row} Row */

/** Bars that one begins with. */
const BEFORE = 90;

export class Trends {
  /** @type {WeakSet<Row>} */
  #begun = new WeakSet();
  #reading = false;
  /** Readings that have failed since the last one that did not, and when the next may be. */
  #failures = 0;
  #due = 0;
  #colour;

  /** @param {(name: string) => string} colour of the theme, by name */
  constructor(colour) {
    this.#colour = colour;
  }

  /**
   * Go on by a second.
   *
   * @param {Iterable<Row>} rows
   */
  tick(rows) {
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
   * Fetch what was before, of those in sight, one after the other. Where nobody answers, the next call
   * after a while goes on.
   *
   * @param {Iterable<Row>} rows
   */
  async begin(rows) {
    if (this.#reading || Date.now() < this.#due) return;
    this.#reading = true;
    for (const row of rows) {
      if (!row.visible || !row.quote.tick || this.#begun.has(row)) continue;
      const bars = await readBars(row.symbol, "1s", BEFORE);
      if (!bars) {
        this.#due = Date.now() + backOff(this.#failures++, Math.random());
        break;
      }
      this.#failures = 0;
      this.#begun.add(row);
      row.sparkline.begin(bars);
    }
    this.#reading = false;
  }
}
