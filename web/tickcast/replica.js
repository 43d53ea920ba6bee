/**
 * All that a stream has brought. Each tab that shares the stream has one, fed by the same events in the
 * same order, so that any of them can go on with the stream where another has left it.
 *
 * @typedef {import("./types.js").Tick} Tick
 * @typedef {import("./types.js").LineState} LineState
 * @typedef {import("./types.js").Wish} Wish
 * @typedef {import("./types.js").Audience} Audience
 * @typedef {import("./types.js").Dump} Dump
 */

import { Arrival } from "./catch_up.js";
import { Coverage } from "./coverage.js";
import { AT_FIRST, feedChange } from "./shared_state.js";
import { NewestBars } from "./newest_bars.js";
import { ServerClock } from "./server_clock.js";
import { barSelector, selector } from "./subscription.js";

/** Events that no gateway sends. */
const OURS = new Set(["opening", "line", "bars"]);

export class Replica {
  /** @type {Map<string, Tick>} */
  ticks = new Map();
  bars = new NewestBars();
  cursor = "";
  line = AT_FIRST;
  coverage = new Coverage();
  /** What the stream was asked for when it was last opened, with the bars that it was changed to.
   * @type {Wish} */
  #asked = { symbols: [], interval: 0, bars: [] };
  lag = 0;
  bytes = 0;
  #arrival = new Arrival();
  #clock = new ServerClock();
  #audience;
  /** Whether the newest tick of each symbol is held: not from a loss until the snapshot behind it has come. */
  whole = false;
  /** What the snapshots of a stream that began anew have named.
   * @type {Set<string> | undefined} */
  #named;

  /** What the stream is asked for now. @returns {Wish} */
  get subscription() {
    return { ...this.#asked, symbols: this.coverage.asked };
  }

  /** @param {Audience} audience */
  constructor(audience) {
    this.#audience = audience;
  }

  /**
   * Take in an event, of the stream or one of our own.
   *
   * @param {string} name
   * @param {string} text JSON
   * @param {string} lastEventId
   */
  take(name, text, lastEventId) {
    const data = JSON.parse(text);
    if (!OURS.has(name)) this.bytes += text.length;
    this.coverage.hear(name);
    this.#arrival.hear(name, data);
    switch (name) {
      case "tick":
        this.#update([data]);
        break;
      case "ticks":
        this.#update(data);
        break;
      case "snapshot":
        this.#replace(data);
        break;
      case "bar":
        this.bars.put(data);
        this.#audience.onBar(data);
        break;
      case "hello":
        this.#greet(data);
        break;
      case "symbols":
        this.coverage.change(data.added, data.dropped);
        this.#forgetOthers((symbol) => this.coverage.includes(symbol));
        break;
      case "gap":
        this.whole = false;
        this.#audience.onGap(data.reason);
        break;
      case "heartbeat":
        this.#clock.hear(data.t, Date.now());
        this.#endSnapshots();
        this.#feel(data);
        break;
      case "status":
        this.#feel(data);
        break;
      case "bye":
        this.tell({ reason: data.reason });
        break;
      case "opening":
        this.#begin(data);
        break;
      case "bars":
        this.#chart(data);
        break;
      case "line":
        this.tell(data);
    }
    // Only after the event was taken in: what fails on the way must come again.
    if (lastEventId && lastEventId !== this.cursor) {
      this.cursor = lastEventId;
      // Of snapshots, and the bars behind them, only the last one of all has a cursor of its own.
      if (name === "snapshot" || name === "bar") this.#endSnapshots();
    }
    if (this.#arrival.ends(!this.coverage.coming.length)) this.tell({ link: "open", attempts: 0 });
  }

  /** @param {Partial<LineState>} change */
  tell(change) {
    this.line = { ...this.line, ...change };
    this.#audience.onState();
  }

  /** @returns {Dump} */
  dump() {
    const { cursor, line, whole } = this;
    return {
      ticks: [...this.ticks.values()],
      bars: this.bars.all,
      coverage: this.coverage.dump(),
      arrival: this.#arrival.dump(),
      ahead: this.#clock.ahead,
      asked: this.#asked,
      ...{ cursor, line, whole },
    };
  }

  /** @param {Dump} dump of another tab, which has led the stream meanwhile */
  load({ ticks, bars, cursor, line, coverage, asked, arrival, ahead, whole }) {
    this.coverage.load(coverage);
    const named = new Set(ticks.map(({ S }) => S));
    this.#forgetOthers((symbol) => named.has(symbol));
    this.#replace(ticks);
    for (const bar of bars) if (this.bars.put(bar)) this.#audience.onBar(bar);
    this.cursor = cursor;
    this.#asked = asked;
    this.#arrival.load(arrival);
    this.whole = whole;
    this.#named = undefined;
    this.#clock.ahead = ahead;
    this.tell(line);
  }

  /**
   * @param {Wish & {goesOn: boolean, rest: string[], chosen: boolean}} opening `rest` are symbols to be
   *   added at once; `chosen`: it was not cut off
   */
  #begin({ goesOn, rest, chosen, ...wish }) {
    this.#asked = wish;
    this.#arrival.begin(chosen);
    this.coverage.begin(wish.symbols, goesOn);
    this.#chart(wish);
    this.#forgetOthers(selector([...wish.symbols, ...rest]));
    if (!goesOn) this.cursor = "";
  }

  /**
   * @param {{gateway: string, stream?: string, source?: string, interval: number, t: number,
   *   feed?: "live" | "stale", resumed: string, replayed?: number}} hello
   */
  #greet({ gateway, stream = "", source = "", interval, t, feed = "live", resumed, replayed = 0 }) {
    this.#clock.doubt();
    this.#clock.hear(t, Date.now());
    if (!this.#arrival.greeted || resumed === "reset") this.whole = false;
    const reconnects = this.line.reconnects + Number(this.#arrival.greet(replayed));
    // Why it is stale, and since when, comes next.
    const quietSince = feed === "live" ? 0 : Date.now();
    const refusal = { status: 0, detail: "", retryAt: 0 };
    this.tell({ gateway, stream, source, interval, reconnects, feed, reason: "", quietSince, ...refusal });
    if (resumed === "reset") {
      this.coverage.begin(this.coverage.asked, false);
      this.#audience.onGap("reset");
    }
    if (this.coverage.coming.length) this.#named = new Set();
  }

  /** @param {{feed: "live" | "stale", age: number, reason?: string}} told */
  #feel(told) {
    const change = feedChange(this.line, told, Date.now());
    if (change) this.tell(change);
  }

  /** @param {Tick[]} ticks in order */
  #update(ticks) {
    this.#endSnapshots();
    /** @type {string[]} */
    const torn = [];
    let newest = 0;
    for (const tick of ticks) {
      const held = this.ticks.get(tick.S);
      if (held && tick.q <= held.q) continue;
      if (held && tick.q > held.q + 1 && this.line.interval === 0) torn.push(tick.S);
      this.ticks.set(tick.S, tick);
      newest = Math.max(newest, tick.t);
      this.#audience.onTick(tick, true);
    }
    if (newest) this.lag = this.#clock.since(newest, Date.now());
    if (torn.length) this.#audience.onHole(torn);
  }

  /** @param {Tick[]} ticks of a snapshot, which is right whatever is held: a feed may have begun anew */
  #replace(ticks) {
    /** @type {string[]} */
    const torn = [];
    for (const tick of ticks) {
      const held = this.ticks.get(tick.S);
      if (held && tick.q > held.q && this.line.interval === 0 && this.whole) torn.push(tick.S);
      this.#named?.add(tick.S);
      this.ticks.set(tick.S, tick);
      // After a loss it confirms what has not moved, too: nobody could tell a quiet symbol from an old one.
      if (!this.whole || !held || held.q !== tick.q || held.p !== tick.p) this.#audience.onTick(tick, false);
    }
    if (torn.length) this.#audience.onHole(torn);
  }

  #endSnapshots() {
    this.coverage.finish();
    if (!this.whole) {
      // It had whatever has moved: also what it did not name is the newest there is.
      this.whole = true;
      this.#audience.onState();
    }
    const named = this.#named;
    if (!named) return;
    this.#named = undefined;
    // What a feed that began anew does not know has no price any more.
    this.#forgetOthers((symbol) => named.has(symbol));
  }

  /** @param {(symbol: string) => boolean} stays */
  #forgetOthers(stays) {
    for (const symbol of this.ticks.keys()) {
      if (stays(symbol)) continue;
      this.ticks.delete(symbol);
      this.#audience.onForget(symbol);
    }
  }

  /** @param {Pick<Wish, "bars" | "barsOf">} wish */
  #chart({ bars, barsOf }) {
    this.#asked = { ...this.#asked, bars, barsOf };
    this.bars.keep(barSelector(this.subscription));
  }
}
