/**
 * Everything that a stream has brought. Each tab that shares the stream has a replica, fed by the same events in the
 * same order, so any of them can resume the stream where another left it. Decides what each event changes.
 *
 * @typedef {import("./types.js").Tick} Tick
 * @typedef {import("./types.js").SymbolState} SymbolState
 * @typedef {import("./types.js").SharedState} SharedState
 * @typedef {import("./types.js").Subscription} Subscription
 * @typedef {import("./types.js").ReplicaListener} ReplicaListener
 * @typedef {import("./types.js").ReplicaDump} ReplicaDump
 * @typedef {import("./shared_state.js").Hello} Hello
 */

import { CatchUp } from "./catch_up.js";
import { Coverage } from "./coverage.js";
import { isOther, lossOf } from "./epochs.js";
import { Holdings } from "./holdings.js";
import { ServerClock } from "./server_clock.js";
import { feedChange, helloChange, INITIAL_STATE } from "./shared_state.js";
import { barSelector, selector } from "./subscription.js";

/** Events that tabs make themselves; no gateway sends them. */
const OURS = new Set(["opening", "shared", "bars"]);

export class Replica {
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
  #held;
  #catchUp = new CatchUp();
  #clock = new ServerClock();
  #listener;

  /** @param {ReplicaListener} listener */
  constructor(listener) {
    this.#listener = listener;
    this.#held = new Holdings(listener);
  }

  /** The newest tick of each symbol. @returns {ReadonlyMap<string, Tick>} */
  get ticks() {
    return this.#held.ticks.ticks;
  }

  /** The newest bar of each symbol and interval. */
  get bars() {
    return this.#held.bars;
  }

  /** The state of each symbol that is not live. @returns {ReadonlyMap<string, SymbolState>} */
  get symbolStates() {
    return this.#held.states.states;
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
    const lacked = this.coverage.pending.length;
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
        this.#held.keep((symbol) => this.coverage.includes(symbol));
        break;
      case "gap":
        this.#takeGap(data);
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
      case "shared":
        this.setState(data);
        break;
      case "retired":
        this.#held.forget(data.S);
        this.#listener.onRetired(data.S, data.reason);
        break;
      case "state":
        this.#held.putState(data);
    }
    // Only after the event was taken in: if that fails, the event must come again.
    if (lastEventId && lastEventId !== this.cursor) {
      this.cursor = lastEventId;
      // Of snapshots, and the states and bars after them, only the very last has a cursor of its own.
      if (name === "snapshot" || name === "state" || name === "bar") this.#finishSnapshots();
    }
    if (this.#catchUp.finish(!this.coverage.pending.length)) this.setState({ link: "open", attempts: 0 });
    // A symbol without a price brings no tick: only this tells that it has none.
    else if (lacked && !this.coverage.pending.length) this.#listener.onState();
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
      ...this.#held.dump(),
      coverage: this.coverage.dump(),
      opened: this.#opened,
      catchUp: this.#catchUp.dump(),
      ahead: this.#clock.ahead,
      ...{ cursor, state, whole },
    };
  }

  /** @param {ReplicaDump} dump of the leader's replica */
  load({ cursor, state, coverage, opened, catchUp, ahead, whole, ...holdings }) {
    this.coverage.load(coverage);
    const { ticks } = holdings.held;
    const symbols = new Set(ticks.map(({ S }) => S));
    this.#held.keep((symbol) => symbols.has(symbol));
    if (isOther(this.state.epoch, state.epoch)) {
      // The gap was among the events that this tab has missed.
      this.#leaveEpoch(state.epoch);
      this.#listener.onGap("feed");
    }
    this.#takeSnapshot(ticks, true);
    this.#held.load(holdings);
    for (const bar of holdings.bars) if (this.bars.put(bar)) this.#listener.onBar(bar);
    this.cursor = cursor;
    this.#opened = opened;
    this.#catchUp.load(catchUp);
    this.whole = whole;
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
    this.#held.keep(selector([...subscription.symbols, ...wanted]));
    if (!resumes) this.cursor = "";
  }

  /** @param {Hello & {t: number, epoch?: string, resumed: string, replayed?: number}} hello */
  #takeHello(hello) {
    const { t, epoch = "", resumed, replayed = 0 } = hello;
    this.#clock.reset();
    this.#clock.hear(t, Date.now());
    if (!this.#catchUp.greeted || resumed === "reset") this.whole = false;
    const reconnects = this.state.reconnects + Number(this.#catchUp.greet(replayed));
    this.setState({ reconnects, ...helloChange(this.state, hello, Date.now()) });
    if (resumed === "reset") {
      this.coverage.begin(this.coverage.requested, false);
      this.#listener.onGap("reset");
    }
    // A stream that did not resume promises nothing of what is held: its snapshot names all there is.
    if (this.coverage.pending.length) this.#held.startOver();
    if (isOther(this.state.epoch, epoch)) this.#leaveEpoch(epoch);
    else if (epoch) this.setState({ epoch });
  }

  /** @param {{reason: string, epoch?: string}} gap */
  #takeGap({ reason, epoch = "" }) {
    this.whole = false;
    const loss = lossOf(this.state.epoch, { reason, epoch });
    if (loss === "over") {
      this.#held.startOver();
      this.#leaveEpoch(epoch);
    } else {
      if (loss === "freed") this.#held.ticks.free();
      if (epoch) this.setState({ epoch });
    }
    this.#listener.onGap(reason);
  }

  /**
   * The feed has started over: nothing held is comparable with what comes.
   *
   * @param {string} epoch
   */
  #leaveEpoch(epoch) {
    this.#held.leaveEpoch();
    this.#listener.onEpoch();
    this.setState({ epoch });
  }

  /** @param {{feed: "live" | "stale", age: number | null, reason?: string}} report */
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
      const held = this.#held.ticks.bound(tick.S);
      if (held && tick.q <= held.q) continue;
      if (held && tick.q > held.q + 1 && this.state.interval === 0) holes.push(tick.S);
      this.#held.ticks.put(tick);
      newest = Math.max(newest, tick.t);
      this.#listener.onTick(tick, true);
    }
    if (newest) this.lag = this.#clock.since(newest, Date.now());
    if (holes.length) this.#listener.onHole(holes);
  }

  /**
   * @param {Tick[]} ticks of a snapshot
   * @param {boolean} [wins] over whatever is held: it is the copy of a replica that has missed nothing
   */
  #takeSnapshot(ticks, wins = false) {
    /** @type {string[]} */
    const holes = [];
    for (const tick of ticks) {
      const held = this.#held.ticks.bound(tick.S);
      this.#held.ticks.name(tick.S);
      if (held && tick.q < held.q && !wins) continue;
      if (held && tick.q > held.q && this.state.interval === 0 && this.whole) holes.push(tick.S);
      this.#held.ticks.put(tick);
      // After a loss, unchanged ticks are reported too: else a quiet symbol would look like an old one.
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
    // A symbol that a feed that started over does not know has no price any more.
    this.#held.finish();
  }

  /** @param {Pick<Subscription, "bars" | "barsOf">} subscription which bars come from now on */
  #takeBars({ bars, barsOf }) {
    this.#opened = { ...this.#opened, bars, barsOf };
    this.bars.keep(barSelector(this.subscription));
  }
}
