/**
 * What is shown of each symbol: its tick, its instrument, its state, and whether the price is old. Row, large price, chart
 * and title all read here, and newer ticks and states wait for `release`: so all show the same in the same frame.
 */

import { Changes } from "./changes.js";
import { digitsIn } from "./columns.js";

/** @typedef {import("../tickcast.js").Tick} Tick */
/** @typedef {import("./columns.js").Quote} Quote */

export class Quotes {
  /** @type {Map<string, Quote>} */
  #held = new Map();
  /** @type {Map<string, Tick>} ticks that wait */
  #waiting = new Map();
  /** @type {Set<string>} symbols whose states wait */
  #turning = new Set();
  /** @type {Set<Changes>} symbols whose quotes have changed, for each of those that follow */
  #followed = new Set();
  /** @type {Map<string, number>} how many prices come from each source; empty: real ones */
  sources = new Map();
  #instruments;
  #stateOf;
  /** Whether a price was bad: every frame may bring it again, and once is enough to report it. */
  #failed = false;

  /**
   * @param {import("./instruments.js").Instruments} instruments
   * @param {(symbol: string) => string | undefined} [stateOf] a symbol now; undefined: live
   */
  constructor(instruments, stateOf = () => undefined) {
    this.#instruments = instruments;
    this.#stateOf = stateOf;
  }

  /** @returns {ReadonlyMap<string, Quote>} */
  get all() {
    return this.#held;
  }

  /**
   * Return a quote, to be read or drawn. It is another object after each change.
   *
   * @param {string} symbol
   */
  get(symbol) {
    return this.#held.get(symbol);
  }

  /**
   * Add symbols without a price.
   *
   * @param {Iterable<string>} symbols
   * @returns {string[]} those that were not there
   */
  add(symbols) {
    const added = [];
    for (const symbol of symbols) {
      if (this.#held.has(symbol)) continue;
      this.#set({ symbol, state: this.#stateOf(symbol), ...this.#known(symbol) });
      added.push(symbol);
    }
    return added;
  }

  /**
   * Take in newer ticks, for `release`.
   *
   * @param {Iterable<Tick>} ticks
   */
  take(ticks) {
    for (const tick of ticks) this.#waiting.set(tick.S, tick);
  }

  /**
   * Take note that symbols may have turned to other states, for `release`.
   *
   * @param {Iterable<string>} symbols
   */
  turn(symbols) {
    for (const symbol of symbols) this.#turning.add(symbol);
  }

  /** How many ticks and states wait. */
  get waiting() {
    return this.#waiting.size + this.#turning.size;
  }

  /** Replace the ticks and states by those that have come since. */
  release() {
    for (const symbol of this.#turning) {
      const [quote, state] = [this.#held.get(symbol), this.#stateOf(symbol)];
      if (quote && quote.state !== state) this.#set({ ...quote, state });
    }
    this.#turning.clear();
    for (const [symbol, tick] of this.#waiting) {
      try {
        this.#replace(tick);
      } catch (error) {
        // One bad price must not stop the others.
        this.#doubt(symbol);
        if (!this.#failed) reportError(error);
        this.#failed = true;
      }
    }
    this.#waiting.clear();
  }

  /** @param {Tick} tick */
  #replace(tick) {
    const before = this.#held.get(tick.S);
    if (!before || before.tick === tick) return;
    const step = before.tick ? tick.p - before.tick.p : 0;
    const digits = this.#digits(before, tick);
    this.#count(before.tick, -1);
    this.#count(tick, 1);
    const { day } = before;
    const grown = day && tick.t >= day.t ? { ...day, h: Math.max(day.h, tick.p), l: Math.min(day.l, tick.p) } : day;
    const moved = step ? (step > 0 ? "up" : "down") : before.moved;
    // What has a price is in the feed. The same tick again would be no newer: a new one is not old.
    this.#set({ ...before, tick, moved, missing: false, old: false, day: grown, ...digits });
  }

  /**
   * Forget symbols.
   *
   * @param {Iterable<string>} symbols
   */
  remove(symbols) {
    for (const symbol of symbols) {
      this.#count(this.#held.get(symbol)?.tick, -1);
      this.#held.delete(symbol);
      this.#waiting.delete(symbol);
      this.#note(symbol);
    }
  }

  /** Return where the symbols whose quotes change are noted from now on, until `unfollow`. */
  follow() {
    const changes = new Changes();
    this.#followed.add(changes);
    return changes;
  }

  /** @param {Changes} changes that nobody takes any more */
  unfollow(changes) {
    this.#followed.delete(changes);
  }

  /** @param {string} symbol whose quote has changed */
  #note(symbol) {
    for (const changes of this.#followed) changes.add(symbol);
  }

  /** Look up what has become known about the symbols. */
  describe() {
    for (const [symbol, quote] of this.#held) {
      const known = this.#known(symbol);
      if (known.instrument === quote.instrument && known.missing === quote.missing) continue;
      const missing = known.missing && !quote.tick;
      this.#set({ ...quote, ...known, missing, ...this.#digits({ ...quote, ...known }, quote.tick) });
    }
  }

  /**
   * Set the day of a symbol as it was read; ticks that are shown meanwhile may be later than the read.
   *
   * @param {string} symbol
   * @param {import("./columns.js").Day | undefined} found undefined: it has none
   * @param {number} dayRead when it was read, ms since the epoch
   */
  setDay(symbol, found, dayRead) {
    const quote = this.#held.get(symbol);
    if (!quote?.tick) return;
    const { p, t: at } = quote.tick;
    const { t = 0, o = 0, h = 0, l = 0 } = found ?? {};
    const day = found && (at >= t ? { t, o, h: Math.max(h, p), l: Math.min(l, p) } : { t, o, h, l });
    this.#set({ ...quote, day, dayRead });
  }

  /** Forget all days, as if none had been read. */
  forgetDays() {
    for (const quote of this.#held.values()) if (quote.dayRead) this.#set({ ...quote, day: undefined, dayRead: undefined });
  }

  /** Have every quote shown again: what their texts say has changed, as by a new day. */
  renew() {
    for (const quote of this.#held.values()) this.#set({ ...quote });
  }

  /** Mark every price as old, until its next tick or `unmarkNewest`. */
  markOld() {
    for (const quote of this.#held.values()) if (quote.tick) this.#set({ ...quote, old: true });
  }

  /**
   * Mark one price as old.
   *
   * @param {string} symbol
   */
  #doubt(symbol) {
    const quote = this.#held.get(symbol);
    if (quote && !quote.old) this.#set({ ...quote, old: true });
  }

  /**
   * Unmark the prices that are the newest. The others stay marked until they are.
   *
   * @param {ReadonlyMap<string, Tick>} newest
   */
  unmarkNewest(newest) {
    for (const [symbol, quote] of this.#held) {
      if (quote.old && quote.tick === newest.get(symbol)) this.#set({ ...quote, old: false });
    }
  }

  /**
   * Take away the prices of symbols that the feed does not have any more.
   *
   * @param {ReadonlyMap<string, Tick>} newest tick of every symbol
   */
  clearGone(newest) {
    for (const [symbol, { tick, seen, state }] of this.#held) {
      if (newest.has(symbol)) continue;
      this.#waiting.delete(symbol);
      if (!tick && !state) continue;
      this.#count(tick, -1);
      this.#set({ symbol, seen, state: this.#stateOf(symbol), ...this.#known(symbol) });
    }
  }

  /** @param {Quote} quote */
  #set(quote) {
    this.#held.set(quote.symbol, quote);
    this.#note(quote.symbol);
  }

  /** @param {string} symbol */
  #known(symbol) {
    const instrument = this.#instruments.get(symbol);
    return { instrument, missing: !instrument && !this.#instruments.knows(symbol) };
  }

  /**
   * Return the most digits after the point so far. They only grow: with fewer now and then, prices would jump.
   *
   * @param {Quote} before
   * @param {Tick} [tick]
   */
  #digits(before, tick) {
    return { seen: Math.max(before.seen ?? 0, digitsIn({ ...before, tick })) };
  }

  /**
   * @param {Tick | undefined} tick
   * @param {number} step
   */
  #count(tick, step) {
    if (!tick) return;
    const source = tick.src ?? "";
    this.sources.set(source, (this.sources.get(source) ?? 0) + step);
  }
}
