/** Which symbols a search finds. Pure. */

/** @typedef {import("./columns.js").Quote} Quote */

export class Search {
  #words;

  /** @param {string} text as typed: words, each of which must occur in the symbol or the name */
  constructor(text) {
    this.text = text;
    this.#words = text.toLowerCase().split(/\s+/).filter(Boolean);
  }

  /** @param {Pick<Quote, "symbol" | "instrument">} quote */
  finds({ symbol, instrument }) {
    if (!this.#words.length) return true;
    const within = `${symbol} ${instrument?.name ?? ""}`.toLowerCase();
    return this.#words.every((word) => within.includes(word));
  }
}
