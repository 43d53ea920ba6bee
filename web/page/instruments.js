/**
 * What is known about symbols besides their ticks: names, tick sizes, reference prices, currencies.
 *
 * @typedef {object} Instrument
 * @property {string} S symbol
 * @property {string} name
 * @property {number} tick tick size
 * @property {number} ref reference price, from which change is counted
 * @property {string} ccy currency
 * @property {string} [tz] time zone of its session
 */

import { TIMEOUT } from "./bar_history.js";
import { ask } from "./token.js";

/** ms between two reads; doubles while a symbol stays unknown, since some sources have no names. */
const PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;

/** ms after which everything is read again, at the latest: reference prices change from day to day and with the publisher. */
const RENEWED_AFTER = 120_000;

/** ms over which the reads of pages that came back together are spread. */
const SPREAD = 5_000;

export class Instruments {
  /** @type {Map<string, Instrument>} */
  #held = new Map();
  /** @type {Set<string>} symbols that were asked for and are not known: only a read by a timer finds them later */
  #unknown = new Set();
  #pause = PAUSE;
  /** ms; no read for an unknown symbol before. */
  #due = 0;
  #timer = 0;
  /** ms; when the timer reads. */
  #planned = Infinity;
  /** Text of the last answer. */
  #text = "";
  #onChange;
  #isWanted;

  /**
   * @param {() => void} onChange called when what is known has changed
   * @param {(symbol: string) => boolean} [isWanted] whether anybody still shows a symbol that was asked for
   */
  constructor(onChange, isWanted = () => true) {
    this.#onChange = onChange;
    this.#isWanted = isWanted;
  }

  /** All that are known. */
  get all() {
    return [...this.#held.values()];
  }

  /**
   * Return what is known about a symbol. For an unknown one, everything is read again until it is known.
   *
   * @param {string} symbol
   */
  get(symbol) {
    const found = this.#held.get(symbol);
    if (!found) {
      this.#unknown.add(symbol);
      this.#seek();
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
    for (const symbol of symbols) {
      this.#held.delete(symbol);
      this.#unknown.delete(symbol);
    }
    // The same text again would not bring them back if they return.
    this.#text = "";
    this.#onChange();
  }

  /** Read everything again soon: another publisher may have other reference prices. */
  renew() {
    this.#plan(SPREAD * (0.5 + Math.random() / 2));
  }

  /** Read as soon as one may for an unknown symbol: now, or at the end of the pause. */
  #seek() {
    this.#plan(Math.max(0, this.#due - Date.now()));
  }

  /** @param {number} wait ms until a read, unless one is planned earlier */
  #plan(wait) {
    if (Date.now() + wait >= this.#planned) return;
    clearTimeout(this.#timer);
    this.#planned = Date.now() + wait;
    if (wait) this.#timer = setTimeout(() => void this.#read(), wait);
    else void this.#read();
  }

  async #read() {
    this.#due = Date.now() + this.#pause;
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    this.#planned = Infinity;
    this.#plan(RENEWED_AFTER * (0.5 + Math.random() / 2));
    try {
      const response = await ask("v1/symbols", AbortSignal.timeout(TIMEOUT));
      const text = response.ok ? await response.text() : this.#text;
      // An unchanged answer must not rewrite every row.
      if (text !== this.#text) this.#take(text);
    } catch {
      // No gateway now: the timer tries again.
    }
    for (const symbol of this.#unknown) {
      if (this.#held.has(symbol) || !this.#isWanted(symbol)) this.#unknown.delete(symbol);
    }
    if (this.#unknown.size) this.#seek();
  }

  /** @param {string} text of an answer */
  #take(text) {
    this.#text = text;
    /** @type {Instrument[]} */
    const list = JSON.parse(text);
    if (list.some(({ S }) => !this.#held.has(S))) this.#pause = PAUSE;
    this.#held = new Map(list.map((instrument) => [instrument.S, instrument]));
    this.#onChange();
  }
}
