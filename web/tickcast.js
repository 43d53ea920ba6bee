/**
 * Live prices of a Tickcast gateway in a browser: always the newest, and always told how things stand.
 *
 *     const stream = new Tickcast({ symbols: ["AAPL", "MSFT"], interval: 250,
 *       onTicks: (ticks) => ticks.forEach((tick) => console.log(tick.S, tick.p)),
 *       onState: (state) => console.log(state.link, state.feed) });
 *     stream.add("TSLA");
 *
 * All tabs of a browser share one connection. docs/browser.md has the whole of it.
 *
 * @typedef {import("./tickcast/types.js").Tick} Tick
 * @typedef {import("./tickcast/types.js").Bar} Bar
 * @typedef {import("./tickcast/types.js").BarInterval} BarInterval
 * @typedef {import("./tickcast/types.js").State} State
 * @typedef {import("./tickcast/types.js").Options} Options
 * @typedef {import("./tickcast/types.js").Wish} Wish
 */

import { Replica } from "./tickcast/replica.js";
import { Sharing } from "./tickcast/role.js";
import { View } from "./tickcast/view.js";
import { Wake } from "./tickcast/page_lifecycle.js";
import { normalSymbols, spelling } from "./tickcast/subscription.js";

/** A stream that stays: it opens at once and runs until `close`. */
export class Tickcast {
  /** @type {Wish} */
  #wish;
  /** All that was asked for, also what a pattern covers as long as it is there. */
  #asked;
  #view = new View((...news) => this.#show(...news));
  #replica;
  #sharing;
  #wake;
  #closed = false;
  #telling = false;
  #toldNewest = false;
  #gaps = 0;
  #gapReason = "";

  /** @param {Options} [options] */
  constructor({
    url = "/v1/stream",
    symbols = [],
    interval = 0,
    bars = [],
    barsOf,
    share = true,
    onTicks = () => {},
    onBars = () => {},
    onState = () => {},
  } = {}) {
    this.onTicks = onTicks;
    this.onBars = onBars;
    this.onState = onState;
    this.#asked = symbols.length ? symbols.map(spelling) : ["*"];
    this.#wish = { symbols: normalSymbols(this.#asked), interval, ...barWish(bars, barsOf) };
    this.#view.select(this.#wish, [], []);
    this.#replica = new Replica({
      onTick: (tick, update) => this.#view.hear(tick, update),
      onBar: (bar) => this.#view.hearBar(bar),
      onForget: (symbol) => this.#view.forget(symbol),
      onHole: (torn) => torn.some((symbol) => this.#view.sees(symbol)) && this.#miss("hole"),
      onGap: (reason) => this.#miss(reason),
      onState: () => this.#tell(),
    });
    this.#sharing = new Sharing(url, share, this.#replica, () => this.#wish);
    this.#wake = new Wake({
      onLook: () => this.#sharing.look(),
      onWake: () => this.#sharing.wake(),
      onSleep: () => this.#sharing.leave(),
      onReturn: () => this.#sharing.join(),
    });
    this.#sharing.join();
  }

  /** The newest tick of each symbol. */
  get ticks() {
    return this.#view.ticks;
  }

  /** What it is asked for, sorted. */
  get symbols() {
    return [...this.#wish.symbols];
  }

  /** Whether the stream has all of them: not while some are being added, nor where they were refused. */
  get covered() {
    const { line, coverage } = this.#replica;
    return line.link === "open" && coverage.covers(this.#wish.symbols);
  }

  /** ms asked for; `state.interval` is what was granted. */
  get interval() {
    return this.#wish.interval;
  }

  set interval(interval) {
    this.#want({ interval });
  }

  /** @returns {Readonly<State>} how things stand */
  get state() {
    const { line, lag, bytes, whole } = this.#replica;
    return {
      ...line,
      link: this.#closed ? "closed" : line.link,
      role: this.#sharing.role,
      followers: this.#sharing.followers,
      gaps: this.#gaps,
      gapReason: this.#gapReason,
      received: this.#view.received,
      ...{ whole, lag, bytes },
    };
  }

  /**
   * Add symbols, without a new connection; their newest ticks come first.
   *
   * @param {string[]} symbols
   * @throws {RangeError} for what can be no symbol
   */
  add(...symbols) {
    this.#ask([...new Set([...this.#asked, ...symbols.map(spelling)])]);
  }

  /**
   * Drop symbols. What a pattern covers stays: drop the pattern. What was added by name outlives a pattern.
   *
   * @param {string[]} symbols
   */
  drop(...symbols) {
    const dropped = new Set(symbols.map(spelling));
    this.#ask(this.#asked.filter((symbol) => !dropped.has(symbol)));
  }

  /**
   * Change which bars come.
   *
   * @param {BarInterval[]} bars
   * @param {string[]} [barsOf] none: those of the symbols
   */
  watchBars(bars, barsOf) {
    this.#want(barWish(bars, barsOf));
  }

  /** Try again now instead of after the wait; for when something was changed, such as a log-in. */
  hurry() {
    this.#sharing.hurry();
  }

  /** End it for good. */
  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#sharing.leave();
    this.#wake.close();
    this.#view.close();
    this.#tell();
  }

  /** @param {string[]} symbols */
  #ask(symbols) {
    // First what may throw: nothing has changed then.
    this.#want({ symbols: normalSymbols(symbols) });
    this.#asked = symbols;
  }

  /** @param {Partial<Wish>} change */
  #want(change) {
    this.#wish = { ...this.#wish, ...change };
    this.#view.select(this.#wish, this.#replica.ticks.values(), this.#replica.bars.all);
    if (!this.#closed) this.#sharing.change();
  }

  /**
   * @param {Tick[]} ticks
   * @param {Bar[]} bars
   * @param {boolean} overran
   */
  #show(ticks, bars, overran) {
    if (ticks.length) this.onTicks(ticks);
    if (bars.length) this.onBars(bars);
    // Only now, and once: who reads history for it does so when somebody looks again.
    if (overran) this.#miss("hidden");
  }

  /** @param {string} reason */
  #miss(reason) {
    this.#gaps += 1;
    this.#gapReason = reason;
    this.#tell();
  }

  /** Once for all that changes at a time; and never from within the constructor. */
  #tell() {
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      this.#sharing.part();
      const { state } = this;
      const isNewest = state.link === "open" && state.whole;
      // Who is told that prices are live must not be looking at those of before.
      if (isNewest && !this.#toldNewest) this.#view.flush();
      this.#toldNewest = isNewest;
      this.onState(state);
    });
  }
}

/**
 * @param {BarInterval[]} bars
 * @param {string[]} [barsOf]
 */
function barWish(bars, barsOf) {
  return { bars: [...new Set(bars)].sort(), barsOf: barsOf && normalSymbols(barsOf) };
}
