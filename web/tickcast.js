/**
 * Live prices from a Tickcast gateway in a browser: always the newest, and always with the state of the stream.
 *
 *     const stream = new Tickcast({ symbols: ["AAPL", "MSFT"], interval: 250,
 *       onTicks: (ticks) => ticks.forEach((tick) => console.log(tick.S, tick.p)),
 *       onState: (state) => console.log(state.link, state.feed) });
 *     stream.add("TSLA");
 *
 * All tabs of a browser share one stream. docs/browser.md is the full description, README.md a map of the modules.
 *
 * @typedef {import("./tickcast/types.js").Tick} Tick
 * @typedef {import("./tickcast/types.js").Bar} Bar
 * @typedef {import("./tickcast/types.js").BarInterval} BarInterval
 * @typedef {import("./tickcast/types.js").SymbolState} SymbolState
 * @typedef {import("./tickcast/types.js").State} State
 * @typedef {import("./tickcast/types.js").Options} Options
 */

/** @import { Subscription } from "./tickcast/types.js" */

import { Credentials } from "./tickcast/credentials.js";
import { ownStream } from "./tickcast/home.js";
import { PageLifecycle } from "./tickcast/page_lifecycle.js";
import { Replica } from "./tickcast/replica.js";
import { Role } from "./tickcast/role.js";
import { normalizeSymbols } from "./tickcast/subscription.js";
import { fold } from "./tickcast/symbol.js";
import { View } from "./tickcast/view.js";

/** A stream that stays: opens at once, comes back after any failure, and runs until `close`. */
export class Tickcast {
  /** @type {Subscription} */
  #subscription;
  /** Every symbol that was asked for, as it was written, also those that a pattern covers now. */
  #requested;
  /** @type {string[] | undefined} */
  #barsOf;
  /** @type {import("./tickcast/symbol.js").Case} */
  #case = "upper";
  #view = new View(
    (...news) => this.#show(...news),
    (state) => this.onSymbolState(state),
  );
  #replica;
  #role;
  #lifecycle;
  #closed = false;
  #notifying = false;
  #wasCurrent = false;
  #gaps = 0;
  #gapReason = "";

  /** @param {Options} [options] */
  constructor({
    url = ownStream(),
    symbols = [],
    interval = 0,
    bars = [],
    barsOf,
    share = true,
    token = undefined,
    withCredentials = false,
    onTicks = () => {},
    onBars = () => {},
    onRetired = () => {},
    onSymbolState = () => {},
    onState = () => {},
  } = {}) {
    this.onTicks = onTicks;
    this.onBars = onBars;
    this.onRetired = onRetired;
    this.onSymbolState = onSymbolState;
    this.onState = onState;
    // Lists are copied: the caller may go on with its own.
    this.#requested = symbols.length ? [...symbols] : ["*"];
    this.#barsOf = barsOf && [...barsOf];
    this.#subscription = { interval, bars: uniqueSorted(bars), ...this.#named(this.#requested, barsOf) };
    this.#view.select(this.#subscription, [], [], []);
    this.#replica = new Replica({
      onTick: (tick, update) => this.#view.takeTick(tick, update),
      onBar: (bar) => this.#view.takeBar(bar),
      onForget: (symbol) => this.#view.forget(symbol),
      onRetired: (symbols, reason) => this.#retire(symbols, reason),
      onSymbolState: (state) => this.#view.takeState(state),
      onHole: (symbols) => symbols.some((symbol) => this.#view.selects(symbol)) && this.#countGap("hole"),
      onGap: (reason) => this.#countGap(reason),
      onEpoch: () => this.#view.forgetBars(),
      onState: () => this.#notify(),
    });
    const credentials = new Credentials(token, withCredentials);
    this.#role = new Role(url, share, this.#replica, () => this.#subscription, credentials);
    this.#lifecycle = new PageLifecycle({
      onSecond: () => this.#role.check(),
      onWake: () => this.#role.wake(),
      onFreeze: () => this.#role.leave(),
      onRestore: () => this.#role.join(),
    });
    this.#role.join();
  }

  /** The newest tick of each symbol. */
  get ticks() {
    return this.#view.ticks;
  }

  /** The state of each symbol that is not live. */
  get symbolStates() {
    return new Map(this.#view.states);
  }

  /**
   * Return the state of one symbol; undefined: it is live, or nothing has been said of it.
   *
   * @param {string} symbol in the case of the feed
   * @returns {SymbolState | undefined}
   */
  stateOf(symbol) {
    return this.#view.states.get(symbol);
  }

  /** The symbols and patterns asked for, sorted, without what a pattern covers. */
  get symbols() {
    return [...this.#subscription.symbols];
  }

  /** Whether the stream is open and has all of them: `false` while some are being added, and if they were refused. */
  get covered() {
    const { state, coverage } = this.#replica;
    return state.link === "open" && coverage.covers(this.#subscription.symbols);
  }

  /**
   * Tell whether the newest tick of a symbol is still to come: the stream is not open yet, the symbol is being added, or
   * it was refused. `onState` is called when that changes.
   *
   * @param {string} symbol in the case of the feed
   */
  lacks(symbol) {
    return this.#closed || !this.#view.selects(symbol) || this.#replica.coverage.lacks(symbol);
  }

  /** ms asked for; `state.interval` is the interval granted. */
  get interval() {
    return this.#subscription.interval;
  }

  set interval(interval) {
    this.#resubscribe({ interval });
  }

  /** The state of the stream. @returns {Readonly<State>} */
  get state() {
    const { state, lag, bytes, whole } = this.#replica;
    return {
      ...state,
      link: this.#closed ? "closed" : state.link,
      role: this.#role.name,
      followers: this.#role.followers,
      gaps: this.#gaps,
      gapReason: this.#gapReason,
      received: this.#view.received,
      ...{ whole, lag, bytes },
    };
  }

  /**
   * Add symbols without a new connection. Their newest ticks come first.
   *
   * @param {string[]} symbols
   * @throws {RangeError} if one can be no symbol; nothing has changed then
   */
  add(...symbols) {
    this.#request([...new Set([...this.#requested, ...symbols])]);
  }

  /**
   * Drop symbols. A symbol that a pattern covers stays: drop the pattern. Symbols added by name outlive a pattern.
   *
   * @param {string[]} symbols
   */
  drop(...symbols) {
    const dropped = new Set(symbols.map((symbol) => fold(symbol, this.#case)));
    this.#request(this.#requested.filter((symbol) => !dropped.has(fold(symbol, this.#case))));
  }

  /**
   * Set which bars come.
   *
   * @param {BarInterval[]} bars
   * @param {string[]} [barsOf] symbols of the bars; missing: those of the stream
   */
  watchBars(bars, barsOf) {
    const named = this.#named(this.#requested, barsOf);
    this.#barsOf = barsOf && [...barsOf];
    this.#resubscribe({ bars: uniqueSorted(bars), ...named });
  }

  /** Try again now instead of after the wait, for example after a log-in; an open stream asks for its token again. */
  hurry() {
    this.#role.hurry();
  }

  /** End the stream for good. */
  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#role.leave();
    this.#lifecycle.close();
    this.#view.close();
    this.#notify();
  }

  /** @param {string[]} symbols */
  #request(symbols) {
    // May throw, so it comes first: nothing has changed then.
    const named = this.#named(symbols, this.#barsOf);
    this.#requested = symbols;
    this.#resubscribe(named);
  }

  /**
   * Return what a subscription names, in the case of the feed.
   *
   * @param {string[]} symbols
   * @param {string[]} [barsOf]
   */
  #named(symbols, barsOf) {
    const inCase = (/** @type {string[]} */ list) => normalizeSymbols(list.map((each) => fold(each, this.#case)));
    return { symbols: inCase(symbols), barsOf: barsOf && inCase(barsOf) };
  }

  /** A gateway has said what the feed does with case: ask for what was meant. */
  #followCase() {
    const { state } = this.#replica;
    if (this.#closed || state.case === this.#case) return;
    this.#case = state.case;
    this.#resubscribe(this.#named(this.#requested, this.#barsOf));
  }

  /** @param {Partial<Subscription>} change */
  #resubscribe(change) {
    this.#subscription = { ...this.#subscription, ...change };
    const { ticks, bars, symbolStates } = this.#replica;
    this.#view.select(this.#subscription, ticks.values(), bars.all, symbolStates.values());
    if (!this.#closed) this.#role.resubscribe();
  }

  /**
   * @param {Tick[]} ticks
   * @param {Bar[]} bars
   * @param {boolean} overflowed
   */
  #show(ticks, bars, overflowed) {
    if (ticks.length) this.onTicks(ticks);
    if (bars.length) this.onBars(bars);
    // Reported once, and only now: history is best read when the tab is visible again.
    if (overflowed) this.#countGap("hidden");
  }

  /**
   * @param {string[]} symbols
   * @param {string} reason
   */
  #retire(symbols, reason) {
    const ours = symbols.filter((symbol) => this.#view.selects(symbol));
    for (const symbol of ours) this.#view.retire(symbol);
    if (ours.length) this.onRetired(ours, reason);
  }

  /** @param {string} reason */
  #countGap(reason) {
    this.#gaps += 1;
    this.#gapReason = reason;
    this.#notify();
  }

  /** Call `onState` once for all that changes together, and never from within the constructor. */
  #notify() {
    if (this.#notifying) return;
    this.#notifying = true;
    queueMicrotask(() => {
      this.#notifying = false;
      this.#followCase();
      this.#role.partIfRefused();
      const { state } = this;
      const isCurrent = state.link === "open" && state.whole;
      // When the state says that prices are live, older ones must not be on the screen any more.
      if (isCurrent && !this.#wasCurrent) this.#view.flush();
      this.#wasCurrent = isCurrent;
      this.onState(state);
    });
  }
}

/** @param {BarInterval[]} bars */
function uniqueSorted(bars) {
  return [...new Set(bars)].sort();
}
