/**
 * Everything that a stream has brought. Each tab that shares the stream has a replica, fed by the same events in the
 * same order, so any of them can resume the stream where another left it. Decides what each event changes.
 *
 * @typedef {import("./types.js").Tick} Tick
 * @typedef {import("./types.js").SharedState} SharedState
 * @typedef {import("./types.js").Subscription} Subscription
 * @typedef {import("./types.js").ReplicaListener} ReplicaListener
 * @typedef {import("./types.js").ReplicaDump} ReplicaDump
 */

import { CatchUp } from "./catch_up.js";
import { Coverage } from "./coverage.js";
import { NewestBars } from "./newest_bars.js";
import { ServerClock } from "./server_clock.js";
import { feedChange, INITIAL_STATE } from "./shared_state.js";
import { barSelector, selector } from "./subscription.js";

/** Events that tabs make themselves; no gateway sends them. */
const OURS = new Set(["opening", "state", "bars"]);

export class Replica {
  /** @type {Map<string, Tick>} */
  ticks = new Map();
  bars = new NewestBars();
  cursor = "";
  state = INITIAL_STATE;
  coverage = new Coverage();
  lag = 0;
  bytes = 0;
  /** Whether the newest tick of every symbol is held: `false` from a gap until the snapshot after it has arrived. */
  whole = false;
  /** What the stream was opened with, and the bars that it was changed to.
   * @type {Subscription} */
  #opened = { symbols: [], interval: 0, bars: [] };
  #catchUp = new CatchUp();
  #clock = new ServerClock();
  #listener;
  /** The symbols in the snapshots of a stream that starts over.
   * @type {Set<string> | undefined} */
  #inSnapshot;

  /** @param {ReplicaListener} listener */
  constructor(listener) {
    this.#listener = listener;
  }

  /** What the stream is subscribed to. @returns {Subscription} */
  get subscription() {
    return { ...this.#opened, symbols: this.coverage.requested };
  }

  /**
   * Take in an event, from the gateway or one of ours.
   *
   * @param {string} name
   * @param {string} text JSON
   * @param {string} lastEventId
   */
  take(name, text, lastEventId) {
    const data = JSON.parse(text);
    if (!OURS.has(name)) this.bytes += text.length;
    this.coverage.hear(name);
    this.#catchUp.hear(name, data);
    switch (name) {
      case "tick":
        this.#takeTicks([data]);
        break;
      case "ticks":
        this.#takeTicks(data);
        break;
      case "snapshot":
        this.#takeSnapshot(data);
        break;
      case "bar":
        this.bars.put(data);
        this.#listener.onBar(data);
        break;
      case "hello":
        this.#takeHello(data);
        break;
      case "symbols":
        this.coverage.change(data.added, data.dropped);
        this.#keepTicks((symbol) => this.coverage.includes(symbol));
        break;
      case "gap":
        this.whole = false;
        this.#listener.onGap(data.reason);
        break;
      case "heartbeat":
        this.#clock.hear(data.t, Date.now());
        this.#finishSnapshots();
        this.#takeFeed(data);
        break;
      case "status":
        this.#takeFeed(data);
        break;
      case "bye":
        this.setState({ reason: data.reason });
        break;
      case "opening":
        this.#takeOpening(data);
        break;
      case "bars":
        this.#takeBars(data);
        break;
      case "state":
        this.setState(data);
    }
    // Only after the event was taken in: if that fails, the event must come again.
    if (lastEventId && lastEventId !== this.cursor) {
      this.cursor = lastEventId;
      // Of snapshots and the bars after them, only the very last has a cursor of its own.
      if (name === "snapshot" || name === "bar") this.#finishSnapshots();
    }
    if (this.#catchUp.finish(!this.coverage.pending.length)) this.setState({ link: "open", attempts: 0 });
  }

  /** @param {Partial<SharedState>} change */
  setState(change) {
    this.state = { ...this.state, ...change };
    this.#listener.onState();
  }

  /** @returns {ReplicaDump} */
  dump() {
    const { cursor, state, whole } = this;
    return {
      ticks: [...this.ticks.values()],
      bars: this.bars.all,
      coverage: this.coverage.dump(),
      opened: this.#opened,
      catchUp: this.#catchUp.dump(),
      ahead: this.#clock.ahead,
      ...{ cursor, state, whole },
    };
  }

  /** @param {ReplicaDump} dump of the leader's replica */
  load({ ticks, bars, cursor, state, coverage, opened, catchUp, ahead, whole }) {
    this.coverage.load(coverage);
    const held = new Set(ticks.map(({ S }) => S));
    this.#keepTicks((symbol) => held.has(symbol));
    this.#takeSnapshot(ticks);
    for (const bar of bars) if (this.bars.put(bar)) this.#listener.onBar(bar);
    this.cursor = cursor;
    this.#opened = opened;
    this.#catchUp.load(catchUp);
    this.whole = whole;
    this.#inSnapshot = undefined;
    this.#clock.ahead = ahead;
    this.setState(state);
  }

  /**
   * @param {Subscription & {resumes: boolean, wanted: string[], planned: boolean}} opening what the stream is opened
   *   with; `resumes`: after the cursor; `wanted`: all symbols, also those to be added once it is open; `planned`: not
   *   after a disconnection
   */
  #takeOpening({ resumes, wanted, planned, ...subscription }) {
    this.#opened = subscription;
    this.#catchUp.begin(planned);
    this.coverage.begin(subscription.symbols, resumes);
    this.#takeBars(subscription);
    this.#keepTicks(selector([...subscription.symbols, ...wanted]));
    if (!resumes) this.cursor = "";
  }

  /**
   * @param {{gateway: string, stream?: string, source?: string, interval: number, t: number,
   *   feed?: "live" | "stale", resumed: string, replayed?: number}} hello
   */
  #takeHello({ gateway, stream = "", source = "", interval, t, feed = "live", resumed, replayed = 0 }) {
    this.#clock.reset();
    this.#clock.hear(t, Date.now());
    if (!this.#catchUp.greeted || resumed === "reset") this.whole = false;
    const reconnects = this.state.reconnects + Number(this.#catchUp.greet(replayed));
    // Why it is stale, and since when, follows in a `status`.
    const quietSince = feed === "live" ? 0 : Date.now();
    const refusal = { status: 0, detail: "", retryAt: 0 };
    this.setState({ gateway, stream, source, interval, reconnects, feed, reason: "", quietSince, ...refusal });
    if (resumed === "reset") {
      this.coverage.begin(this.coverage.requested, false);
      this.#listener.onGap("reset");
    }
    if (this.coverage.pending.length) this.#inSnapshot = new Set();
  }

  /** @param {{feed: "live" | "stale", age: number, reason?: string}} report */
  #takeFeed(report) {
    const change = feedChange(this.state, report, Date.now());
    if (change) this.setState(change);
  }

  /** @param {Tick[]} ticks in order */
  #takeTicks(ticks) {
    this.#finishSnapshots();
    /** @type {string[]} */
    const holes = [];
    let newest = 0;
    for (const tick of ticks) {
      const held = this.ticks.get(tick.S);
      if (held && tick.q <= held.q) continue;
      if (held && tick.q > held.q + 1 && this.state.interval === 0) holes.push(tick.S);
      this.ticks.set(tick.S, tick);
      newest = Math.max(newest, tick.t);
      this.#listener.onTick(tick, true);
    }
    if (newest) this.lag = this.#clock.since(newest, Date.now());
    if (holes.length) this.#listener.onHole(holes);
  }

  /** @param {Tick[]} ticks of a snapshot. It wins over whatever is held: the feed may have started over. */
  #takeSnapshot(ticks) {
    /** @type {string[]} */
    const holes = [];
    for (const tick of ticks) {
      const held = this.ticks.get(tick.S);
      if (held && tick.q > held.q && this.state.interval === 0 && this.whole) holes.push(tick.S);
      this.#inSnapshot?.add(tick.S);
      this.ticks.set(tick.S, tick);
      // After a loss, unchanged ticks are reported too: else a quiet symbol could not be told from an old one.
      if (!this.whole || !held || held.q !== tick.q || held.p !== tick.p) this.#listener.onTick(tick, false);
    }
    if (holes.length) this.#listener.onHole(holes);
  }

  #finishSnapshots() {
    this.coverage.finish();
    if (!this.whole) {
      // The snapshot named all that has moved: what it did not name is the newest there is.
      this.whole = true;
      this.#listener.onState();
    }
    const inSnapshot = this.#inSnapshot;
    if (!inSnapshot) return;
    this.#inSnapshot = undefined;
    // A symbol that a feed that started over does not know has no price any more.
    this.#keepTicks((symbol) => inSnapshot.has(symbol));
  }

  /** @param {(symbol: string) => boolean} stays */
  #keepTicks(stays) {
    for (const symbol of this.ticks.keys()) {
      if (stays(symbol)) continue;
      this.ticks.delete(symbol);
      this.#listener.onForget(symbol);
    }
  }

  /** @param {Pick<Subscription, "bars" | "barsOf">} subscription which bars come from now on */
  #takeBars({ bars, barsOf }) {
    this.#opened = { ...this.#opened, bars, barsOf };
    this.bars.keep(barSelector(this.subscription));
  }
}
