/** Which symbols the table has, and the stream: those of the watchlist, as they come and go, and others without rows. */

import { ALL, covers } from "./watchlist.js";

/** @typedef {import("../tickcast.js").Tick} Tick */

export class Members {
  #list;
  #stream;
  #quotes;
  #instruments;
  #onStir;
  #paused = false;
  /** Symbols that have left the feed since the last frame, or since the display was paused: many leave together, each
   * with its own event.
   * @type {Set<string>} */
  #gone = new Set();
  /** @type {string[]} symbols that are followed even if the list has none of them */
  #followed = [];
  /** @type {Set<string>} those of them that were refused */
  #refused = new Set();
  /** @type {Set<string>} the followed ones that the stream is asked for beside the list: they have no rows */
  #beside = new Set();
  /** @type {readonly string[]} what the stream is asked for */
  #asked;

  /**
   * @param {import("./saved_watchlist.js").SavedWatchlist} list
   * @param {import("../tickcast.js").Tickcast} stream
   * @param {import("./quotes.js").Quotes} quotes
   * @param {import("./instruments.js").Instruments} instruments
   * @param {() => void} onStir called when symbols have come or gone
   */
  constructor(list, stream, quotes, instruments, onStir) {
    this.#list = list;
    this.#stream = stream;
    this.#quotes = quotes;
    this.#instruments = instruments;
    this.#onStir = onStir;
    this.#asked = list.requested;
  }

  /** @param {boolean} paused the display keeps the prices that it has */
  set paused(paused) {
    this.#paused = paused;
    if (paused) return;
    this.take(this.#stream.ticks.values());
    this.#quotes.turn(this.#quotes.all.keys());
  }

  /** @param {Iterable<Tick>} ticks of the stream */
  take(ticks) {
    const { hidden } = this.#list;
    const shown = [...ticks].filter(({ S }) => !hidden.has(S) && !this.#beside.has(S));
    if (this.#quotes.add(shown.map(({ S }) => S)).length) this.#onStir();
    // While paused, new symbols get rows without prices: theirs would be of another time than all others.
    if (!this.#paused) this.#quotes.take(shown);
  }

  /** Take in the symbols requested by name, with or without a price, and all others that have one. */
  want() {
    if (this.#quotes.add(this.#list.requested.filter((each) => !each.endsWith(ALL))).length) this.#onStir();
    this.take([...this.#stream.ticks.values()].filter(({ S }) => !this.#quotes.get(S)?.tick));
  }

  /** @param {string} symbol that has turned to another state */
  turn(symbol) {
    if (!this.#paused) this.#quotes.turn([symbol]);
  }

  /** @param {() => void} change the list; table and stream are brought to it */
  change(change) {
    change();
    this.#ask();
    const named = new Set(this.#list.requested);
    // A refused name must not stay as a row without a price because a prefix covers it now.
    this.#keep((symbol) => covers(this.#list.entries, symbol) && (this.#stream.ticks.has(symbol) || named.has(symbol)));
    this.want();
  }

  /**
   * Have the stream bring symbols even if they are not in the list. Call it often, but not before the stream has the list:
   * it must not be refused for the sake of others.
   *
   * @param {string[]} symbols
   */
  follow(symbols) {
    if (String(symbols) === String(this.#followed)) return;
    this.#followed = symbols;
    this.#refused.clear();
    this.#ask();
  }

  /** A change of the stream was refused: what is followed beside the list must not stand in the way of the list. */
  giveWay() {
    const lacking = [...this.#beside].filter((symbol) => this.#stream.lacks(symbol));
    for (const symbol of lacking) this.#refused.add(symbol);
    if (lacking.length) this.#ask();
  }

  /** Bring the stream to what is wanted. */
  #ask() {
    const { requested } = this.#list;
    this.#beside = new Set(this.#followed.filter((each) => !this.#refused.has(each) && !covers(requested, each)));
    const [before, now] = [this.#asked, [...requested, ...this.#beside]];
    this.#asked = now;
    const added = now.filter((each) => !before.includes(each));
    const dropped = before.filter((each) => !now.includes(each));
    if (added.length) this.#stream.add(...added);
    if (dropped.length) this.#stream.drop(...dropped);
  }

  /** @param {readonly string[]} symbols that have left the feed */
  leave(symbols) {
    for (const symbol of symbols) this.#gone.add(symbol);
  }

  /**
   * Remove the symbols that have left the feed. One that was requested by name stays, without a price. Return all that
   * have left, and those of them that have not returned.
   */
  forgetGone() {
    const all = [...this.#gone];
    const left = new Set(all.filter((symbol) => !this.#stream.ticks.has(symbol)));
    this.#gone.clear();
    if (all.length) {
      this.#instruments.forget([...left]);
      const named = new Set(this.#list.requested);
      this.#keep((symbol) => !left.has(symbol) || named.has(symbol));
      this.#quotes.clearGone(this.#stream.ticks);
    }
    return { all, left };
  }

  /** @param {(symbol: string) => boolean} stays all other symbols leave the table */
  #keep(stays) {
    this.#quotes.remove([...this.#quotes.all.keys()].filter((symbol) => !stays(symbol)));
    this.#onStir();
  }
}
