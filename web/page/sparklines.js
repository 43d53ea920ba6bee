/**
 * The sparklines: those of the rows that exist, and of some that did. Each begins with history, and gets a price every
 * second while prices are live.
 */

import { backOff } from "../tickcast/backoff.js";
import { readBars } from "./bar_history.js";
import { SPAN, Sparkline } from "./sparkline.js";
import { TickTimes } from "./tick_times.js";

/** @typedef {import("./row.js").Row} Row */

/** Most sparklines that are held: those of the rows that were there last. 90 prices of 10,000 symbols would be 7 MB. */
const MOST = 300;

/** ms without a price after which all begin again with history: the page was hidden, paused or without a stream. */
const LOST = 5_000;

export class Sparklines {
  /** @type {Map<string, Sparkline>} by symbol, the one that had a row last at the end */
  #held = new Map();
  /** @type {WeakSet<Sparkline>} */
  #filled = new WeakSet();
  /** @type {WeakMap<Row, string>} what each row shows */
  #shown = new WeakMap();
  #reading = false;
  /** When prices were added last, ms since the epoch. */
  #now = 0;
  #times = new TickTimes();
  /** Number of failed reads since the last success, and the earliest time of the next, ms since the epoch. */
  #failures = 0;
  #due = 0;
  #quotes;
  #colour;
  #up = "";
  #down = "";
  #flat = "";

  /**
   * @param {import("./quotes.js").Quotes} quotes
   * @param {(name: string) => string} colour of the theme, by name
   */
  constructor(quotes, colour) {
    this.#quotes = quotes;
    this.#colour = colour;
  }

  /**
   * Advance the sparklines by a second, while prices are live.
   *
   * @param {Iterable<Row>} rows
   * @param {number} interval ms in which the stream brings the newest tick of each symbol; 0: it brings every tick
   */
  advance(rows, interval) {
    // To read a colour computes a style: too expensive for every row that scrolling brings.
    [this.#up, this.#down, this.#flat] = ["--up", "--down", "--dim"].map(this.#colour);
    const now = Date.now();
    const since = now - this.#now;
    if (since > LOST) this.#held.clear();
    this.#now = now;
    for (const { symbol } of rows) this.#touch(symbol);
    let age = Infinity;
    for (const [symbol, line] of this.#held) {
      const tick = this.#quotes.get(symbol)?.tick;
      if (!tick) continue;
      if (line.tick && line.tick !== tick) age = Math.min(age, now - tick.t / 1000);
      line.add(tick, now);
    }
    // Without a place in time, or at a wrong one, no history is drawn.
    if (age < Infinity && this.#times.take(age, interval, since, now)) this.#held.clear();
  }

  /**
   * Draw the sparklines of rows where they show something else.
   *
   * @param {Iterable<Row>} rows
   */
  draw(rows) {
    for (const row of rows) {
      const line = this.#touch(row.symbol);
      const colour = line.course > 0 ? this.#up : line.course < 0 ? this.#down : this.#flat;
      const shows = `${row.symbol} ${line.version} ${colour}`;
      if (this.#shown.get(row) === shows) continue;
      this.#shown.set(row, shows);
      line.draw(row.canvas, colour, this.#now || Date.now());
    }
  }

  /** Begin all sparklines again: the feed has started over. */
  startOver() {
    this.#held.clear();
    this.#times.startOver();
  }

  /**
   * Begin the sparklines of some symbols again: they have left the feed.
   *
   * @param {Iterable<string>} symbols
   */
  forget(symbols) {
    for (const symbol of symbols) this.#held.delete(symbol);
  }

  /**
   * Read the history of the sparklines of rows, one after the other. If a read fails, a later call continues after a
   * wait.
   *
   * @param {() => Iterable<Row>} rows that exist now
   */
  async fill(rows) {
    if (this.#reading || Date.now() < this.#due) return;
    this.#reading = true;
    for (let symbol = this.#unfilled(rows()); symbol; symbol = this.#unfilled(rows())) {
      const line = this.#touch(symbol);
      const bars = await readBars(symbol, "1s", SPAN / 1000);
      if (!bars) {
        this.#due = Date.now() + backOff(this.#failures++, Math.random());
        break;
      }
      this.#failures = 0;
      this.#filled.add(line);
      line.begin(bars, this.#times.ahead);
    }
    this.#reading = false;
  }

  /**
   * Return the first symbol whose history is not read yet: the rows may be others than a moment ago.
   *
   * @param {Iterable<Row>} rows
   */
  #unfilled(rows) {
    for (const { symbol } of rows) {
      if (this.#quotes.get(symbol)?.tick && !this.#filled.has(this.#touch(symbol))) return symbol;
    }
    return "";
  }

  /**
   * Return the sparkline of a symbol that has a row.
   *
   * @param {string} symbol
   */
  #touch(symbol) {
    const line = this.#held.get(symbol) ?? new Sparkline();
    this.#held.delete(symbol);
    this.#held.set(symbol, line);
    for (const [oldest] of this.#held) {
      if (this.#held.size <= MOST) break;
      this.#held.delete(oldest);
    }
    return line;
  }
}
