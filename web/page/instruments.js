/**
 * What is known about symbols besides their ticks: names, tick sizes, reference prices, currencies.
 *
 * @typedef {object} Instrument
 * @property {string} S symbol
 * @property {string} name
 * @property {number} tick tick size
 * @property {number} ref reference price, from which change is counted
 * @property {string} ccy currency
 */

import { TIMEOUT } from "./bar_history.js";

/** ms between two reads; doubles while a symbol stays unknown, since some sources have no names. */
const PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;

/** ms after which everything is read again: reference prices change from day to day and with the publisher. */
const RENEWED_AFTER = 120_000;

/** ms over which the reads of pages that came back together are spread. */
const SPREAD = 5_000;

export class Instruments {
  /** @type {Map<string, Instrument>} */
  #held = new Map();
  #pause = PAUSE;
  #due = 0;
  #timer = 0;
  /** Whether a read is due soon. */
  #soon = false;
  /** Text of the last answer. */
  #text = "";
  #onChange;

  /** @param {(all: Instrument[]) => void} onChange called when what is known has changed */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /**
   * Return what is known about a symbol. For an unknown one, everything is read again now and then.
   *
   * @param {string} symbol
   */
  get(symbol) {
    const found = this.#held.get(symbol);
    if (!found && Date.now() >= this.#due) {
      this.#due = Date.now() + this.#pause;
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
      void this.#read();
    }
    return found;
  }

  /**
   * Tell whether a symbol, or any with a prefix, is known. As long as nothing is known yet, any may be.
   *
   * @param {string} part
   */
  knows(part) {
    if (!this.#held.size || this.#held.has(part)) return true;
    return part.endsWith("*") && [...this.#held.keys()].some((symbol) => symbol.startsWith(part.slice(0, -1)));
  }

  /**
   * Forget symbols that have left the feed.
   *
   * @param {string[]} symbols
   */
  forget(symbols) {
    for (const symbol of symbols) this.#held.delete(symbol);
    // The same text again would not bring them back if they return.
    this.#text = "";
    this.#onChange([...this.#held.values()]);
  }

  /** Read everything again soon: another publisher may have other reference prices. */
  renew() {
    if (this.#soon) return;
    this.#soon = true;
    this.#plan(SPREAD);
  }

  /** @param {number} longest ms */
  #plan(longest) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), longest * (0.5 + Math.random() / 2));
  }

  async #read() {
    this.#soon = false;
    this.#plan(RENEWED_AFTER);
    try {
      const response = await fetch("/v1/symbols", { signal: AbortSignal.timeout(TIMEOUT) });
      const text = response.ok ? await response.text() : this.#text;
      // An unchanged answer must not rewrite every row.
      if (text === this.#text) return;
      this.#text = text;
      /** @type {Instrument[]} */
      const list = JSON.parse(text);
      if (list.some(({ S }) => !this.#held.has(S))) this.#pause = PAUSE;
      this.#held = new Map(list.map((instrument) => [instrument.S, instrument]));
      this.#onChange([...this.#held.values()]);
    } catch {
      // No gateway now: the timer or the next unknown symbol tries again.
    }
  }
}
