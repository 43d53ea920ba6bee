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
import { Tabs } from "./tickcast/tabs.js";
import { Trunk } from "./tickcast/trunk.js";
import { View } from "./tickcast/view.js";
import { Wake } from "./tickcast/wake.js";
import { normalSymbols, selector, spelling, unite } from "./tickcast/wish.js";

/** Statuses of a stream, or of a change of it, that asks for too many symbols. */
const TOO_MANY = new Set([400, 413]);

/** A stream that stays: it opens at once and runs until `close`. */
export class Tickcast {
  #url;
  #share;
  /** @type {Wish} */
  #wish;
  /** All that was asked for, also what a pattern covers as long as it is there. */
  #asked;
  #view = new View((ticks, bars) => this.#show(ticks, bars));
  #replica;
  #trunk;
  /** @type {Tabs | undefined} */
  #tabs;
  #wake;
  #closed = false;
  #telling = false;
  #toldOpen = false;
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
    this.#url = url;
    this.#asked = symbols.length ? symbols.map(spelling) : ["*"];
    this.#wish = { symbols: normalSymbols(this.#asked), interval, ...barWish(bars, barsOf) };
    this.#view.select(this.#wish, []);
    this.#share = share && canShare();
    this.#replica = new Replica({
      onTick: (tick, update) => this.#view.hear(tick, update),
      onBar: (bar) => this.#view.hearBar(bar) && this.#miss("hidden"),
      onForget: (symbol) => this.#view.forget(symbol),
      onHole: (torn) => torn.some((symbol) => this.#view.sees(symbol)) && this.#miss("hole"),
      onGap: (reason) => this.#miss(reason),
      onState: () => this.#tell(),
    });
    this.#trunk = new Trunk(url, this.#replica, (...event) => this.#deliver(...event));
    this.#wake = new Wake({
      onLook: () => this.#look(),
      onWake: () => this.#hurryAfterSleep(),
      onSleep: () => this.#leave(),
      onReturn: () => this.#join(),
    });
    this.#join();
  }

  /** The newest tick of each symbol. */
  get ticks() {
    return this.#view.ticks;
  }

  /** What it is asked for, sorted. */
  get symbols() {
    return [...this.#wish.symbols];
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
    const { line, lag, bytes } = this.#replica;
    return {
      ...line,
      link: this.#closed ? "closed" : line.link,
      role: this.#tabs?.role ?? "alone",
      followers: (this.#tabs?.wishes.length ?? 1) - 1,
      gaps: this.#gaps,
      gapReason: this.#gapReason,
      received: this.#view.received,
      ...{ lag, bytes },
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
    if (this.#leads) this.#trunk.hurry();
    else this.#tabs?.hurry();
  }

  /** End it for good. */
  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#leave();
    this.#wake.close();
    this.#view.close();
    this.#tell();
  }

  get #leads() {
    return !this.#tabs || this.#tabs.role === "leader";
  }

  #join() {
    if (!this.#share) {
      this.#trunk.want(unite([this.#wish]));
      this.#trunk.start();
      return;
    }
    const wants = () => this.#leads && this.#tabs && this.#trunk.want(unite(this.#tabs.wishes));
    this.#tabs = new Tabs(String(new URL(this.#url, location.href)), this.#replica, () => this.#wish, {
      onLead: () => {
        wants();
        this.#trunk.start();
      },
      onFollow: () => {
        this.#trunk.stop();
        this.#replica.tell({ link: "connecting" });
      },
      onWishes: wants,
      onPing: () => this.#trunk.look(),
      onHurry: () => this.#trunk.hurry(),
      onUnable: () => this.#standAlone(),
      onSilence: () => this.#replica.tell({ link: "connecting" }),
    });
  }

  #standAlone() {
    // A page that is being closed loses its locks too.
    if (!this.#tabs) return;
    this.#share = false;
    this.#leave();
    this.#join();
  }

  /** Part with the other tabs where the gateways refuse what this one wants only because of what those want. */
  #part() {
    const { line, coverage } = this.#replica;
    const accompanied = this.#tabs && (!this.#leads || this.#tabs.wishes.length > 1);
    if (!this.#tabs || !accompanied || !TOO_MANY.has(line.status)) return;
    if (line.link === "refused" && this.#leads) {
      // They leave as well when they hear of it.
      this.#tabs.dismiss();
      this.#trunk.want(unite([this.#wish]));
      this.#trunk.hurry();
    } else if (line.link === "refused") this.#standAlone();
    else if (line.link === "open" && !this.#wish.symbols.every(selector(coverage.asked))) this.#standAlone();
  }

  /** Let go of the stream and of the other tabs; `#join` comes back. */
  #leave() {
    this.#trunk.stop();
    this.#tabs?.close();
    this.#tabs = undefined;
    // The first thing that is seen after the sleep must not be called live.
    this.#replica.tell({ link: "connecting" });
  }

  #look() {
    this.#tabs?.look();
    this.#trunk.look();
  }

  #hurryAfterSleep() {
    this.#trunk.wake();
    this.#tabs?.wake();
    if (this.#tabs && !this.#leads && this.#replica.line.link !== "open") this.#tabs.hurry();
  }

  /**
   * @param {string} name
   * @param {string} text
   * @param {string} lastEventId
   */
  #deliver(name, text, lastEventId) {
    if (this.#tabs?.role === "leader") this.#tabs.relay(name, text, lastEventId);
    this.#replica.take(name, text, lastEventId);
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
    this.#view.select(this.#wish, this.#replica.ticks.values());
    if (this.#closed) return;
    if (!this.#leads) this.#tabs?.tellWish();
    else this.#trunk.want(unite(this.#tabs?.wishes ?? [this.#wish]));
  }

  /**
   * @param {Tick[]} ticks
   * @param {Bar[]} bars
   */
  #show(ticks, bars) {
    if (ticks.length) this.onTicks(ticks);
    if (bars.length) this.onBars(bars);
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
      this.#part();
      const { state } = this;
      const isOpen = state.link === "open";
      // Who is told that prices are live must not be looking at those of before.
      if (isOpen && !this.#toldOpen) this.#view.flush();
      this.#toldOpen = isOpen;
      this.onState(state);
    });
  }
}

/** @returns {boolean} whether this browser lets tabs agree on one stream; plain http elsewhere does not */
function canShare() {
  return Boolean(globalThis.navigator?.locks && globalThis.BroadcastChannel && globalThis.location);
}

/**
 * @param {BarInterval[]} bars
 * @param {string[]} [barsOf]
 */
function barWish(bars, barsOf) {
  return { bars: [...new Set(bars)].sort(), barsOf: barsOf && normalSymbols(barsOf) };
}
