/**
 * What is known of the symbols beside their ticks.
 *
 * @typedef {object} Instrument
 * @property {string} S symbol
 * @property {string} name
 * @property {number} tick tick size
 * @property {number} ref reference price, which change is counted from
 * @property {string} ccy currency
 */

import { PATIENCE } from "./bar_history.js";

/** ms between two readings; doubles while a symbol stays unknown, since some sources know no names. */
const PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;

/** ms after which all is read again, whatever happened: reference prices change, of a day or by a publisher. */
const RENEWED_AFTER = 120_000;

/** ms over which many pages that came back together are spread. */
const SPREAD = 5_000;

export class Instruments {
  /** @type {Map<string, Instrument>} */
  #held = new Map();
  #pause = PAUSE;
  #due = 0;
  #timer = 0;
  /** Whether a reading is near that was asked for. */
  #near = false;
  /** The last answer. */
  #text = "";
  #onChange;

  /** @param {(all: Instrument[]) => void} onChange called when more is known, or something else */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /**
   * Return what is known of a symbol. An unknown one is asked for, now and then.
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
   * Tell whether a symbol, or one of a prefix, is known. Where nothing is known yet, anything may be.
   *
   * @param {string} part
   */
  knows(part) {
    if (!this.#held.size || this.#held.has(part)) return true;
    return part.endsWith("*") && [...this.#held.keys()].some((symbol) => symbol.startsWith(part.slice(0, -1)));
  }

  /** Read all again, soon: another publisher may count from other reference prices. */
  renew() {
    if (this.#near) return;
    this.#near = true;
    this.#plan(SPREAD);
  }

  /** @param {number} longest ms */
  #plan(longest) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), longest * (0.5 + Math.random() / 2));
  }

  async #read() {
    this.#near = false;
    this.#plan(RENEWED_AFTER);
    try {
      const response = await fetch("/v1/symbols", { signal: AbortSignal.timeout(PATIENCE) });
      const text = response.ok ? await response.text() : this.#text;
      // The same again would write every row again.
      if (text === this.#text) return;
      this.#text = text;
      /** @type {Instrument[]} */
      const list = JSON.parse(text);
      if (list.some(({ S }) => !this.#held.has(S))) this.#pause = PAUSE;
      for (const instrument of list) this.#held.set(instrument.S, instrument);
      this.#onChange([...this.#held.values()]);
    } catch {
      // No gateway at this moment: the timer asks again, or the next unknown symbol.
    }
  }
}
