/**
 * What the cursor covers: the symbols whose newest ticks have arrived, so that resuming after the cursor misses none
 * of theirs. A requested symbol is pending until its snapshot is complete. If the connection breaks before, a resumed
 * stream would never bring that snapshot.
 */

import { normalizeSymbols, selector } from "./subscription.js";

/** Events that may come before or between the snapshots of requested symbols. */
const BEFORE = new Set([
  "hello", "status", "snapshot", "state", "bar", "gap", "retired", "bye", "opening", "shared", "bars",
]);

export class Coverage {
  /** Symbols and patterns whose newest ticks have arrived.
   * @type {string[]} */
  symbols = [];
  /** Those whose snapshot is still to come.
   * @type {string[]} */
  pending = [];
  /** @type {(symbol: string) => boolean} */
  #includes = () => false;

  /** All that the stream was asked for. */
  get requested() {
    return normalizeSymbols([...this.symbols, ...this.pending]);
  }

  /**
   * Tell whether a symbol was requested.
   *
   * @param {string} symbol
   */
  includes(symbol) {
    return this.#includes(symbol);
  }

  /**
   * Tell whether all of `wanted` was requested.
   *
   * @param {readonly string[]} wanted symbols and patterns
   */
  covers(wanted) {
    return wanted.every(this.#includes);
  }

  /**
   * Tell whether the newest tick of a symbol is still to come, or was never asked for.
   *
   * @param {string} symbol
   */
  lacks(symbol) {
    return this.pending.length ? !selector(this.symbols)(symbol) : !this.#includes(symbol);
  }

  /**
   * Return what of `wanted` can resume after the cursor. The rest lacks a snapshot: it must be added to the stream.
   *
   * @param {string[]} wanted symbols and patterns
   */
  resumable(wanted) {
    return normalizeSymbols([
      ...this.symbols.filter(selector(wanted)),
      ...wanted.filter(selector(this.symbols)),
    ]);
  }

  /**
   * Begin a stream of `symbols`.
   *
   * @param {string[]} symbols
   * @param {boolean} resumes after a cursor, which brings all of them up to date
   */
  begin(symbols, resumes) {
    this.#set(resumes ? symbols : [], resumes ? [] : symbols);
  }

  /**
   * Take in a change of the running stream.
   *
   * @param {string[]} added
   * @param {string[]} dropped
   */
  change(added, dropped) {
    const gone = new Set(dropped);
    const stays = (/** @type {string} */ symbol) => !gone.has(symbol);
    this.#set(this.symbols.filter(stays), [...this.pending.filter(stays), ...added]);
  }

  /**
   * Take in an event: the first one after the snapshots shows that they are complete.
   *
   * @param {string} name
   */
  hear(name) {
    if (!BEFORE.has(name)) this.finish();
  }

  /** The snapshots are complete: nothing is pending any longer. */
  finish() {
    if (this.pending.length) this.#set(this.requested, []);
  }

  /**
   * @param {string[]} symbols
   * @param {string[]} pending
   */
  #set(symbols, pending) {
    this.symbols = symbols;
    this.pending = pending;
    this.#includes = selector(this.requested);
  }

  /** @returns {{symbols: string[], pending: string[]}} what `load` takes */
  dump() {
    return { symbols: this.symbols, pending: this.pending };
  }

  /** @param {{symbols: string[], pending: string[]}} dump */
  load({ symbols, pending }) {
    this.#set(symbols, pending);
  }
}
