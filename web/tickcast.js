/**
 * The browser client of a Tickcast stream: an EventSource that never gives up.
 *
 * A plain EventSource is closed for good by any answer but 200, waits for ever on a line that is dead
 * but was never closed, and hides when it will try again. This one does none of that. It keeps the
 * newest tick of each symbol and tells the changed ones once per animation frame.
 *
 *     const stream = new Tickcast({ symbols: ["AAPL", "MSFT"], interval: 250,
 *       onTicks: (ticks) => ticks.forEach((tick) => console.log(tick.S, tick.p)),
 *       onState: (state) => console.log(state.link, state.feed) });
 *
 * @typedef {object} Tick
 * @property {string} S symbol
 * @property {number} q sequence of the symbol, one more each tick
 * @property {number} t source time, µs since the epoch
 * @property {number} p last price
 * @property {number} [s] last size
 * @property {number} [bp] best bid
 * @property {number} [bs] its size
 * @property {number} [ap] best ask
 * @property {number} [as] its size
 * @property {number} [v] volume of the day
 *
 * @typedef {object} Bar
 * @property {string} S symbol
 * @property {"1s" | "1m"} i interval
 * @property {number} t start, µs since the epoch
 * @property {number} o open
 * @property {number} h high
 * @property {number} l low
 * @property {number} c close
 * @property {number} [v] volume
 * @property {number} n ticks in it
 * @property {number} q sequence of its last tick
 *
 * @typedef {object} State
 * @property {"connecting" | "open" | "waiting" | "refused" | "closed"} link `waiting`: cut off, tries again at `retryAt`
 * @property {number} retryAt when it tries again, ms since the epoch
 * @property {number} attempts failed since the last `hello`
 * @property {"live" | "stale"} feed as the gateway tells it
 * @property {string} reason why the feed is stale, or why the gateway said `bye`
 * @property {number} quietSince since when the feed is silent, ms since the epoch, by this clock
 * @property {string} gateway the id of the gateway
 * @property {number} interval granted, in ms
 * @property {number} gaps how often ticks were lost for good
 * @property {string} gapReason why, the last time
 * @property {number} status HTTP status of a refusal, else 0
 * @property {string} detail what the refusal said
 * @property {number} reconnects how often the stream came back
 * @property {string} stream its id
 * @property {"alone" | "leader" | "follower"} role among the tabs that share the stream
 * @property {number} lag ms between the newest tick's own time and its coming
 * @property {number} received ticks
 * @property {number} bytes characters of event data
 *
 * @typedef {object} Options
 * @property {string} [url] of the stream
 * @property {string[]} [symbols] none: all; `*` and `A*` are allowed
 * @property {number} [interval] ms; 0: every tick
 * @property {(ticks: Tick[]) => void} [onTicks] the newest tick of each symbol that changed, once per frame
 * @property {("1s" | "1m")[]} [bars]
 * @property {string[]} [barsOf] none: the symbols
 * @property {boolean} [share] one stream with the other tabs
 * @property {(bars: Bar[]) => void} [onBars] every bar event since the last frame, in order
 * @property {(state: Readonly<State>) => void} [onState] after every change of it
 */

import { Newest } from "./newest.js";

/** Times the heartbeat: a line that is silent for longer is dead. */
const PATIENCE = 2.5;

/** ms that a connection may take until its `hello`. */
const OPENING = 15_000;

/** ms: the first wait where no gateway has named one; each further one is up to twice as long. */
const FIRST_WAIT = 3_000;

/** ms that a wait is never longer than, whatever a gateway asks for. */
const LONGEST_WAIT = 30_000;

const EVENTS = ["hello", "snapshot", "tick", "gap", "status", "heartbeat", "bye", "bar"];

/**
 * Return how long to wait before trying again, in ms. Drawn by lot, so that many clients that were
 * cut off together do not come back together.
 *
 * @param {number} attempts failed since the last success
 * @param {number} lot from 0 to 1
 * @param {number} first the wait that the gateway named in its hello, another for each client
 */
export function backOff(attempts, lot, first = FIRST_WAIT) {
  const longest = Math.min(LONGEST_WAIT, first * 2 ** attempts);
  return Math.round(longest * (0.5 + lot / 2));
}

/**
 * Return the address of a stream that goes on after `cursor`.
 *
 * @param {string} url
 * @param {{symbols: string[], interval: number, cursor: string}} wish
 */
export function streamUrl(url, { symbols, interval, cursor }) {
  const query = new URLSearchParams({ interval: String(interval) });
  if (symbols.length) query.set("symbols", symbols.join(","));
  // A new EventSource sends no Last-Event-ID; only its own reconnection does.
  if (cursor) query.set("lastEventId", cursor);
  return `${url}?${query}`;
}

/** A stream that stays: it opens at once and runs until `close`. */
export class Tickcast {
  #newest = new Newest();
  #interval;
  #bars;
  #barsOf;
  /** @type {Bar[]} */
  #newBars = [];
  #cursor = "";
  #heartbeat = 0;
  #firstWait = FIRST_WAIT;
  #heard = 0;
  #frame = 0;
  /** @type {EventSource | undefined} */
  #source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #watch;
  /** @type {State} */
  #state = {
    link: "connecting",
    retryAt: 0,
    attempts: 0,
    feed: "live",
    reason: "",
    quietSince: 0,
    gateway: "",
    interval: 0,
    gaps: 0,
    gapReason: "",
    status: 0,
    detail: "",
    reconnects: 0,
    stream: "",
    role: "alone",
    lag: 0,
    received: 0,
    bytes: 0,
  };

  /** @param {Options} [options] */
  constructor({
    url = "/v1/stream",
    symbols = [],
    interval = 0,
    bars = [],
    barsOf,
    onTicks = () => {},
    onBars = () => {},
    onState = () => {},
  } = {}) {
    this.url = url;
    this.symbols = symbols;
    this.#interval = interval;
    this.#bars = bars;
    this.#barsOf = barsOf;
    this.onTicks = onTicks;
    this.onBars = onBars;
    this.onState = onState;
    this.#watch = setInterval(() => this.#look(), 1000);
    this.#open();
  }

  /** The newest tick of each symbol. */
  get ticks() {
    return /** @type {ReadonlyMap<string, Tick>} */ (this.#newest.ticks);
  }

  get state() {
    return /** @type {Readonly<State>} */ (this.#state);
  }

  /** Tick events so far. */
  get received() {
    return this.#state.received;
  }

  get interval() {
    return this.#interval;
  }

  set interval(interval) {
    this.#interval = interval;
    this.#open();
  }

  /** @param {string[]} symbols */
  add(...symbols) {
    this.symbols = [...new Set([...this.symbols, ...symbols])].sort();
    this.#cursor = "";
    this.#open();
  }

  /** @param {string[]} symbols */
  drop(...symbols) {
    this.symbols = this.symbols.filter((symbol) => !symbols.includes(symbol));
    for (const symbol of symbols) this.#newest.ticks.delete(symbol);
    this.#open();
  }

  /**
   * @param {("1s" | "1m")[]} bars
   * @param {string[]} [barsOf]
   */
  watchBars(bars, barsOf) {
    this.#bars = bars;
    this.#barsOf = barsOf;
    this.#open();
  }

  /** Try again now instead of after the wait; for when the network is known to be back. */
  hurry() {
    if (this.#state.link === "waiting") this.#open();
  }

  /** End it for good. */
  close() {
    this.#disconnect();
    clearInterval(this.#watch);
    if (this.#frame) cancelAnimationFrame(this.#frame);
    this.#tell({ link: "closed" });
  }

  #open() {
    this.#disconnect();
    this.#heartbeat = 0;
    this.#heard = Date.now();
    const { symbols, interval } = this;
    const url = streamUrl(this.url, { symbols, interval, cursor: this.#cursor });
    const bars = this.#bars.length ? `&bars=${this.#bars}` : "";
    const source = new EventSource(url + bars + (bars && this.#barsOf ? `&bars_of=${this.#barsOf}` : ""));
    this.#source = source;
    for (const name of EVENTS) source.addEventListener(name, (event) => this.#hear(name, event));
    // The browser's own reconnection is not used: it hides its timing, and never follows a refusal.
    source.onerror = () => this.#backOff();
    this.#tell({ link: "connecting" });
  }

  #disconnect() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }

  #backOff() {
    this.#wait(backOff(this.#state.attempts, Math.random(), this.#firstWait));
  }

  /** @param {number} delay ms */
  #wait(delay) {
    this.#disconnect();
    this.#timer = setTimeout(() => this.#open(), delay);
    this.#tell({ link: "waiting", retryAt: Date.now() + delay, attempts: this.#state.attempts + 1 });
  }

  #look() {
    if (!this.#source) return;
    const patience = this.#heartbeat ? this.#heartbeat * PATIENCE : OPENING;
    if (Date.now() - this.#heard > patience) this.#backOff();
  }

  /**
   * @param {string} name
   * @param {MessageEvent<string>} event
   */
  #hear(name, event) {
    this.#heard = Date.now();
    this.#state.bytes += event.data.length;
    const data = JSON.parse(event.data);
    switch (name) {
      case "tick":
        this.#state.received += 1;
        if (this.#newest.add(data)) this.#draw();
        break;
      case "snapshot":
        for (const tick of data) this.#newest.replace(tick);
        this.#draw();
        break;
      case "bar":
        this.#newBars.push(data);
        this.#draw();
        break;
      case "hello":
        this.#greet(data);
        break;
      case "status":
      case "heartbeat":
        this.#feel(data);
        break;
      case "gap":
        this.#miss(data.reason);
        break;
      case "bye":
        this.#tell({ reason: data.reason });
        this.#wait(Math.min(Math.max(data.retry, 0), LONGEST_WAIT));
    }
    // Only after the event was taken in: what fails on the way must come again.
    if (event.lastEventId) this.#cursor = event.lastEventId;
  }

  /** @param {{gateway: string, interval: number, heartbeat: number, resumed: string, retry?: number, stream?: string}} hello */
  #greet({ gateway, interval, heartbeat, resumed, retry, stream = "" }) {
    this.#heartbeat = heartbeat;
    this.#firstWait = retry ?? FIRST_WAIT;
    // A gateway whose feed is stale says so next.
    this.#tell({ link: "open", attempts: 0, gateway, interval, stream, feed: "live", reason: "", quietSince: 0 });
    if (resumed === "reset") this.#miss("reset");
  }

  /** @param {{feed: "live" | "stale", age: number, reason?: string}} told */
  #feel({ feed, age, reason }) {
    // A heartbeat gives no reason: the one of the last status holds.
    const { feed: before, reason: known } = this.#state;
    if (feed === before && reason === undefined) return;
    const quietSince = feed === "live" ? 0 : Date.now() - age;
    this.#tell({ feed, reason: feed === "live" ? "" : (reason ?? known), quietSince });
  }

  /** @param {string} reason */
  #miss(reason) {
    this.#tell({ gaps: this.#state.gaps + 1, gapReason: reason });
  }

  /** @param {Partial<State>} change */
  #tell(change) {
    this.#state = { ...this.#state, ...change };
    this.onState(this.#state);
  }

  /** Hand over what changed, once, when the browser is next about to paint. */
  #draw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      const ticks = this.#newest.take();
      if (ticks.length) this.onTicks(ticks);
      if (this.#newBars.length) this.onBars(this.#newBars.splice(0));
    });
  }
}
