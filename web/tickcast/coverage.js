/**
 * What the stream is known to send, which its cursor is good for: what was asked for comes into it only
 * once its newest ticks have come. A line that breaks before must not go on as if they had.
 */

import { normalSymbols, selector } from "./subscription.js";

/** The events that may come before or between the snapshots of what was asked for. */
const BEFORE = new Set(["hello", "status", "snapshot", "bar", "gap", "bye", "opening", "line", "bars"]);

export class Coverage {
  /** Whose newest ticks have come, so that every later one does.
   * @type {string[]} */
  symbols = [];
  /** Whose snapshot is on its way.
   * @type {string[]} */
  coming = [];
  /** @type {(symbol: string) => boolean} */
  #includes = () => false;

  /** All that was asked for. */
  get asked() {
    return normalSymbols([...this.symbols, ...this.coming]);
  }

  /** @param {string} symbol which was asked for */
  includes(symbol) {
    return this.#includes(symbol);
  }

  /**
   * @param {readonly string[]} wanted symbols and patterns
   * @returns {boolean} whether all of them were asked for
   */
  covers(wanted) {
    return wanted.every(this.#includes);
  }

  /**
   * Return what of `wanted` may go on after the cursor. Behind it comes only what is new: what lacks a snapshot
   * must be added to the stream.
   *
   * @param {string[]} wanted symbols and patterns
   */
  resumable(wanted) {
    return normalSymbols([
      ...this.symbols.filter(selector(wanted)),
      ...wanted.filter(selector(this.symbols)),
    ]);
  }

  /**
   * Begin a stream of `symbols`.
   *
   * @param {string[]} symbols
   * @param {boolean} goesOn after a cursor, which brings all of them up to date
   */
  begin(symbols, goesOn) {
    this.#set(goesOn ? symbols : [], goesOn ? [] : symbols);
  }

  /**
   * Take in what a running stream was changed to.
   *
   * @param {string[]} added
   * @param {string[]} dropped
   */
  change(added, dropped) {
    const gone = new Set(dropped);
    const stay = (/** @type {string} */ symbol) => !gone.has(symbol);
    this.#set(this.symbols.filter(stay), [...this.coming.filter(stay), ...added]);
  }

  /**
   * Take note of an event: the first one behind the snapshots shows that they are whole.
   *
   * @param {string} name
   */
  hear(name) {
    if (!BEFORE.has(name)) this.finish();
  }

  /** Take note that the snapshots are whole. */
  finish() {
    if (this.coming.length) this.#set(this.asked, []);
  }

  /**
   * @param {string[]} symbols
   * @param {string[]} coming
   */
  #set(symbols, coming) {
    this.symbols = symbols;
    this.coming = coming;
    this.#includes = selector(this.asked);
  }

  /** @returns {{symbols: string[], coming: string[]}} what `load` takes */
  dump() {
    return { symbols: this.symbols, coming: this.coming };
  }

  /** @param {{symbols: string[], coming: string[]}} dump */
  load({ symbols, coming }) {
    this.#set(symbols, coming);
  }
}
