/**
 * The line to a gateway: an EventSource that never gives up, and never stays silent about why.
 *
 * @typedef {import("./types.js").LineState} LineState
 *
 * @typedef {object} Owner
 * @property {() => string} address called at each opening
 * @property {(name: string, data: string, lastEventId: string) => void} onEvent
 * @property {(change: Partial<LineState>) => void} onState never `open`: that depends on what comes
 */

import { backOff, FIRST_WAIT, LONGEST_WAIT } from "./backoff.js";
import { passes, whyRefused } from "./refusal.js";

/** Times the heartbeat: a line that is silent for longer is dead. */
const PATIENCE = 2.5;

/** ms at least: a gateway looks only twice a second who needs a heartbeat. */
const LEAST_PATIENCE = 1_500;

/** ms that a connection may take until its `hello`. */
const OPENING = 15_000;

/** ms between two attempts that are not likely to succeed. */
const SLOWLY = 30_000;

const EVENTS = [
  "hello", "snapshot", "tick", "ticks", "bar", "symbols", "gap", "status", "heartbeat", "bye",
];

export class Line {
  #owner;
  #heartbeat = 0;
  #firstWait = FIRST_WAIT;
  #heard = 0;
  #attempts = 0;
  #retryAt = 0;
  /** @type {EventSource | undefined} */
  #source;
  /** @type {AbortController | undefined} */
  #asking;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Owner} owner */
  constructor(owner) {
    this.#owner = owner;
  }

  /** Whether it has had its `hello`. */
  get isOpen() {
    return this.#heartbeat > 0;
  }

  /** Connect now, whatever there is. */
  open() {
    this.#hangUp();
    this.#heard = Date.now();
    const address = this.#owner.address();
    const source = new EventSource(address);
    this.#source = source;
    for (const name of EVENTS) {
      source.addEventListener(name, ({ data, lastEventId }) => {
        if (source === this.#source) this.#hear(name, data, lastEventId);
      });
    }
    // The browser's own reconnection is not used: it hides its timing, and never follows a refusal.
    source.onerror = () => {
      const refused = source.readyState === 2 && !this.isOpen;
      if (refused) void this.#askWhy(address);
      else this.#fail();
    };
    this.#owner.onState({ link: "connecting" });
  }

  /** Let go of it; `open` begins again. */
  close() {
    this.#hangUp();
  }

  /** Try again now instead of after the wait. */
  hurry() {
    if (this.#retryAt) this.open();
  }

  /** Look whether the gateway is still there, and whether it is time to try again; call it often. */
  look() {
    const now = Date.now();
    if (this.#retryAt) {
      // The timer of a hidden tab may be a minute late.
      if (now >= this.#retryAt) this.open();
    } else if (this.#isDead) {
      this.#fail();
    }
  }

  /** Look as somebody who has slept: what was late meanwhile is due at once. */
  wake() {
    if (this.#retryAt || this.#isDead) this.open();
  }

  get #patience() {
    return this.isOpen ? Math.max(this.#heartbeat * PATIENCE, LEAST_PATIENCE) : OPENING;
  }

  /** Whether it was silent for too long. */
  get #isDead() {
    const now = Date.now();
    // Somebody may have set the clock back.
    this.#heard = Math.min(this.#heard, now);
    return Boolean(this.#source) && now - this.#heard > this.#patience;
  }

  #hangUp() {
    clearTimeout(this.#timer);
    this.#retryAt = 0;
    this.#heartbeat = 0;
    this.#asking?.abort();
    this.#asking = undefined;
    if (this.#source) this.#source.onerror = null;
    this.#source?.close();
    this.#source = undefined;
  }

  /** @param {string} address */
  async #askWhy(address) {
    this.#hangUp();
    const asking = new AbortController();
    this.#asking = asking;
    const { status, detail, retryAfter } = await whyRefused(address, asking.signal);
    if (asking.signal.aborted) return;
    if (passes(status)) this.#fail({ status, detail, retryAfter });
    else this.#wait(backOff(0, Math.random(), SLOWLY, retryAfter), { link: "refused", status, detail });
  }

  #fail({ status = 0, detail = "", retryAfter = 0 } = {}) {
    const delay = backOff(this.#attempts, Math.random(), this.#firstWait, retryAfter);
    this.#wait(delay, { link: "waiting", status, detail });
  }

  /**
   * @param {number} delay ms
   * @param {Partial<LineState>} change
   */
  #wait(delay, change) {
    this.#hangUp();
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
      // This page has slept, and reads now what has piled up: nobody knows how old that is.
      this.open();
      return;
    }
    this.#heard = Date.now();
    if (name === "hello") this.#greet(JSON.parse(data));
    this.#owner.onEvent(name, data, lastEventId);
    if (name === "bye") this.#part(JSON.parse(data));
  }

  /** @param {{heartbeat: number, retry?: number}} hello */
  #greet({ heartbeat, retry = FIRST_WAIT }) {
    this.#heartbeat = heartbeat;
    this.#firstWait = retry;
    this.#attempts = 0;
  }

  /** @param {{retry: number}} bye */
  #part({ retry }) {
    this.#wait(Math.min(Math.max(retry, 0), LONGEST_WAIT), { link: "waiting", status: 0, detail: "" });
  }
}
