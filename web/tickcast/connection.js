/**
 * The connection to a gateway: an EventSource that is replaced whenever it fails, is refused or falls silent, and
 * that always reports why.
 *
 * @typedef {import("./types.js").SharedState} SharedState
 *
 * @typedef {object} Owner
 * @property {() => string} address returns the address; called at each opening
 * @property {(name: string, data: string, lastEventId: string) => void} onEvent
 * @property {(change: Partial<SharedState>) => void} onState never sets `link` to `open`: that depends on the events
 */

import { backOff, FIRST_WAIT, LONGEST_WAIT } from "./backoff.js";
import { isTransient, whyRefused } from "./refusal.js";

/** Heartbeat intervals without any event after which the connection is dead. */
const SILENT_HEARTBEATS = 2.5;

/** ms of silence that are always allowed: a gateway checks only twice a second which streams need a heartbeat. */
const MIN_SILENCE = 1_500;

/** ms that a connection may take until its `hello`. */
const HELLO_TIMEOUT = 15_000;

/** ms between two attempts that are unlikely to succeed. */
const REFUSED_WAIT = 30_000;

const EVENTS = [
  "hello", "snapshot", "tick", "ticks", "bar", "symbols", "retired", "state", "gap", "status",
  "heartbeat", "bye",
];

export class Connection {
  #owner;
  #heartbeat = 0;
  #firstWait = FIRST_WAIT;
  #lastEventAt = 0;
  #attempts = 0;
  #retryAt = 0;
  /** @type {EventSource | undefined} */
  #source;
  /** Ends the request that asks why the stream was refused.
   * @type {AbortController | undefined} */
  #asking;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Owner} owner */
  constructor(owner) {
    this.#owner = owner;
  }

  /** Whether `hello` has arrived. */
  get isOpen() {
    return this.#heartbeat > 0;
  }

  /** Connect now, in place of any connection or wait. */
  open() {
    this.close();
    this.#lastEventAt = Date.now();
    const address = this.#owner.address();
    const source = new EventSource(address);
    this.#source = source;
    for (const name of EVENTS) {
      source.addEventListener(name, ({ data, lastEventId }) => {
        if (source === this.#source) this.#hear(name, data, lastEventId);
      });
    }
    let answered = false;
    source.onopen = () => {
      answered = true;
    };
    // The browser's own reconnection is not used: it hides its timing, and never follows a refusal.
    source.onerror = () => {
      if (this.isOpen) this.#fail();
      else if (source.readyState === 2) void this.#askWhy(address);
      // A stream that ends before its `hello` puts the client off. Only HEAD gets the status that says why.
      else if (answered) void this.#askWhy(address, "HEAD");
      else this.#fail();
    };
    this.#owner.onState({ link: "connecting" });
  }

  /** Disconnect, and make no further attempt until `open`. */
  close() {
    clearTimeout(this.#timer);
    this.#retryAt = 0;
    this.#heartbeat = 0;
    this.#asking?.abort();
    this.#asking = undefined;
    if (this.#source) this.#source.onerror = null;
    this.#source?.close();
    this.#source = undefined;
  }

  /** Try again now instead of after the wait. */
  hurry() {
    if (this.#retryAt) this.open();
  }

  /** Check whether the connection is dead, or the next attempt due; call it about once a second. */
  check() {
    const now = Date.now();
    if (this.#retryAt) {
      // The timer of a hidden tab may be a minute late.
      if (now >= this.#retryAt) this.open();
    } else if (this.#isDead) {
      this.#fail();
    }
  }

  /** Check after a sleep: whatever was due meanwhile is done at once. */
  wake() {
    if (this.#retryAt || this.#isDead) this.open();
  }

  /** ms of silence that are allowed. */
  get #patience() {
    return this.isOpen ? Math.max(this.#heartbeat * SILENT_HEARTBEATS, MIN_SILENCE) : HELLO_TIMEOUT;
  }

  /** Whether no event has arrived for too long. */
  get #isDead() {
    const now = Date.now();
    // The clock may have been set back.
    this.#lastEventAt = Math.min(this.#lastEventAt, now);
    return Boolean(this.#source) && now - this.#lastEventAt > this.#patience;
  }

  /**
   * @param {string} address
   * @param {"GET" | "HEAD"} [method]
   */
  async #askWhy(address, method = "GET") {
    this.close();
    const asking = new AbortController();
    this.#asking = asking;
    const { status, detail, retryAfter } = await whyRefused(address, asking.signal, method);
    if (asking.signal.aborted) return;
    if (isTransient(status)) this.#fail({ status, detail, retryAfter });
    else this.#wait(backOff(0, Math.random(), REFUSED_WAIT, retryAfter), { link: "refused", status, detail });
  }

  #fail({ status = 0, detail = "", retryAfter = 0 } = {}) {
    const delay = backOff(this.#attempts, Math.random(), this.#firstWait, retryAfter);
    this.#wait(delay, { link: "waiting", status, detail });
  }

  /**
   * @param {number} delay ms
   * @param {Partial<SharedState>} change
   */
  #wait(delay, change) {
    this.close();
    this.#attempts += 1;
    this.#retryAt = Date.now() + delay;
    this.#timer = setTimeout(() => this.open(), delay);
    this.#owner.onState({ ...change, retryAt: this.#retryAt, attempts: this.#attempts });
  }

  /**
   * @param {string} name
   * @param {string} data
   * @param {string} lastEventId
   */
  #hear(name, data, lastEventId) {
    if (this.#isDead) {
      // The page has slept and now reads what has piled up: there is no telling how old it is.
      this.open();
      return;
    }
    this.#lastEventAt = Date.now();
    if (name === "hello") this.#takeHello(JSON.parse(data));
    this.#owner.onEvent(name, data, lastEventId);
    if (name === "bye") this.#takeBye(JSON.parse(data));
  }

  /** @param {{heartbeat: number, retry?: number}} hello */
  #takeHello({ heartbeat, retry = FIRST_WAIT }) {
    this.#heartbeat = heartbeat;
    this.#firstWait = retry;
    this.#attempts = 0;
  }

  /** @param {{retry: number}} bye */
  #takeBye({ retry }) {
    this.#wait(Math.min(Math.max(retry, 0), LONGEST_WAIT), { link: "waiting", status: 0, detail: "" });
  }
}
