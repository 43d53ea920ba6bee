/**
 * What is known of the symbols of a page's elements besides their ticks: names, tick sizes, reference prices.
 *
 * @typedef {import("../page/instruments.js").Instrument} Instrument
 */

import { inQuery } from "../tickcast/symbol.js";

/** ms after which an answer is waited for no longer. */
const TIMEOUT = 15_000;

/** ms after which everything is read again: reference prices change from day to day. */
const RENEWED_AFTER = 120_000;

/** ms until a failed read is tried again, and over which the reads of many pages are spread. */
const PAUSE = 5_000;

/** Characters of symbols in one address, at most: proxies allow 8 KiB for all of a request's first line. */
const MOST = 6_000;

export class Descriptions {
  /** @type {string[]} the names and patterns that are wanted */
  wanted = [];
  /** @type {Map<string, Instrument>} */
  #held = new Map();
  /** @type {Set<string>} wanted, and not read yet */
  #unread = new Set();
  #timer = 0;
  #reading = false;
  #url;
  #onChange;

  /**
   * @param {string} url of the stream, beside which the descriptions are
   * @param {(symbol: string) => void} onChange
   */
  constructor(url, onChange) {
    this.#url = new URL(url, document.baseURI);
    this.#url.pathname = this.#url.pathname.replace(/[^/]*$/, "symbols");
    this.#onChange = onChange;
  }

  /** @param {string} symbol */
  get(symbol) {
    return this.#held.get(symbol);
  }

  /** @param {string[]} symbols names and patterns that are wanted from now on */
  want(symbols) {
    const before = new Set(this.wanted);
    this.wanted = symbols;
    for (const each of symbols) if (!before.has(each)) this.#unread.add(each);
    if (!symbols.length) {
      clearTimeout(this.#timer);
      this.#held.clear();
      this.#unread.clear();
    } else if (this.#unread.size) void this.#read();
  }

  /** Read everything again soon: another publisher may have other reference prices. */
  renew() {
    this.#plan(PAUSE);
  }

  /** @param {number} longest ms */
  #plan(longest) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#unread = new Set(this.wanted);
      void this.#read();
    }, longest * (0.5 + Math.random() / 2));
  }

  async #read() {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#unread.size) {
        const some = upTo(MOST, this.#unread);
        const list = await this.#answer(some);
        for (const each of some) this.#unread.delete(each);
        for (const instrument of list) this.#take(instrument);
      }
      this.#plan(RENEWED_AFTER);
    } catch {
      // No gateway now, or none that knows them.
      this.#plan(PAUSE);
    } finally {
      this.#reading = false;
    }
  }

  /**
   * @param {string[]} symbols
   * @returns {Promise<Instrument[]>}
   */
  async #answer(symbols) {
    const url = new URL(this.#url);
    url.search += `${url.search ? "&" : "?"}symbols=${inQuery(symbols)}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) });
    if (!response.ok) throw new Error(`${response.status}`);
    return response.json();
  }

  /** @param {Instrument} instrument */
  #take(instrument) {
    const before = this.#held.get(instrument.S);
    this.#held.set(instrument.S, instrument);
    if (JSON.stringify(before) !== JSON.stringify(instrument)) this.#onChange(instrument.S);
  }
}

/**
 * Return as many symbols as fit, at least one.
 *
 * @param {number} most characters
 * @param {Iterable<string>} symbols
 */
function upTo(most, symbols) {
  const found = [];
  let length = 0;
  for (const symbol of symbols) {
    length += inQuery([symbol]).length + 1;
    if (found.length && length > most) break;
    found.push(symbol);
  }
  return found;
}
