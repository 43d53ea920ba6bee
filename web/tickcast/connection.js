/**
 * The connection to a gateway: an EventSource that is replaced whenever it fails, is refused or falls silent, and
 * that always reports why. One that is silent from the start may be held back on the way: `held_back.js` finds out.
 *
 * @typedef {import("./types.js").SharedState} SharedState
 *
 * @typedef {object} Owner
 * @property {() => {address: string, body?: object}} opening returns the address, and the body if one is needed;
 *   called at each opening
 * @property {() => string} [polling] returns where the newest ticks are asked for while the stream is held back; empty:
 *   nowhere
 * @property {import("./credentials.js").Credentials} [credentials] what it shows of itself
 * @property {(name: string, data: string, lastEventId: string) => void} onEvent
 * @property {(change: Partial<SharedState>) => void} onState never sets `link` to `open`: that depends on the events
 */

import { padded } from "./address.js";
import { backOff, FIRST_WAIT, LONGEST_WAIT } from "./backoff.js";
import { Credentials } from "./credentials.js";
import { FetchSource } from "./fetch_source.js";
import { HeldBack } from "./held_back.js";
import { isTransient, NO_REPLY, whyRefused } from "./refusal.js";

/** Heartbeat intervals without any event after which the connection is dead. */
const SILENT_HEARTBEATS = 2.5;

/** ms of silence that are always allowed: a gateway checks only twice a second which streams need a heartbeat. */
const MIN_SILENCE = 1_500;

/** ms that a connection may take until its `hello`. */
const HELLO_TIMEOUT = 15_000;

/** ms between two attempts that are unlikely to succeed. */
const REFUSED_WAIT = 30_000;

/** ms until the next attempt where only the beginning of the last ones has come through. */
const HELD_WAIT = 20_000;

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
  /** Whether a refusal may be that of something that has changed meanwhile. */
  #again = false;
  /** Whether bodies reach a gateway. `doubted`: one did not, and an address alone is tried instead.
   * @type {"yes" | "doubted" | "no"} */
  #bodies = "yes";
  /** @type {EventSource | FetchSource | undefined} */
  #source;
  /** Ends the request that asks why the stream was refused.
   * @type {AbortController | undefined} */
  #asking;
  #heldBack;
  /** Whether an opening has brought nothing: then the next ones ask for padding. */
  #mute = false;
  /** Connections in a row that have fallen silent soon after `hello`. */
  #cutShort = 0;
  #helloAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Owner} owner */
  constructor(owner) {
    this.#owner = owner;
    this.#heldBack = new HeldBack({
      address: () => owner.polling?.() ?? "",
      init: () => ({ ...owner.credentials?.requestInit, headers: owner.credentials?.running }),
      // Not by onState, which ends what is under way: the connection stays as it is.
      onHeldBack: (heldBack) => owner.onEvent("shared", JSON.stringify({ heldBack }), ""),
      onEvent: (name, data) => owner.onEvent(name, JSON.stringify(data), ""),
    });
  }

  /** Whether `hello` has arrived. */
  get isOpen() {
    return this.#heartbeat > 0;
  }

  /** Whether the next opening may have a body. */
  get takesBodies() {
    return this.#bodies === "yes";
  }

  /** Connect now, in place of any connection or wait. */
  open() {
    this.#disconnect();
    this.#again = false;
    this.#lastEventAt = Date.now();
    const opening = this.#owner.opening();
    const { address, body } = this.#mute ? padded(opening) : opening;
    const source = this.#newSource(address, body);
    this.#source = source;
    for (const name of EVENTS) {
      source.addEventListener(name, (event) => {
        const { data, lastEventId } = /** @type {MessageEvent} */ (event);
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
      else if (source instanceof FetchSource) this.#refuseFetched(source.refusal ?? NO_REPLY, Boolean(body) && !answered);
      else if (source.readyState === 2) void this.#askWhy(address);
      // A stream that ends before its `hello` puts the client off. Only HEAD gets the status that says why.
      else if (answered) void this.#askWhy(address, "HEAD");
      else this.#fail();
    };
    this.#owner.onState({ link: "connecting" });
  }

  /**
   * @param {string} address
   * @param {object} [body]
   */
  #newSource(address, body) {
    const { credentials } = this.#owner;
    if (credentials?.hasTokens || body) return new FetchSource(address, credentials ?? new Credentials(), body);
    return new EventSource(address, credentials?.eventSourceInit);
  }

  /** Disconnect, and make no further attempt until `open`. */
  close() {
    this.#disconnect();
    this.#cutShort = 0;
    this.#mute = false;
    this.#heldBack.end();
  }

  #disconnect() {
    clearTimeout(this.#timer);
    this.#retryAt = 0;
    this.#heartbeat = 0;
    this.#asking?.abort();
    this.#asking = undefined;
    if (this.#source) this.#source.onerror = null;
    this.#source?.close();
    this.#source = undefined;
  }

  /** Try again now instead of after the wait; an attempt under way is followed by another one if it is refused. */
  hurry() {
    if (this.#retryAt) this.open();
    else this.#again = !this.isOpen;
  }

  /** Check whether the connection is dead, or the next attempt due; call it about once a second. */
  check() {
    const now = Date.now();
    if (this.#retryAt) {
      // The timer of a hidden tab may be a minute late.
      if (now >= this.#retryAt) this.open();
    } else if (this.#isDead) {
      this.#noteSilence();
      // Prices are asked for meanwhile: the next stream would stop that, and fall silent again.
      this.#fail({ retryAfter: this.#cutShort > 1 ? HELD_WAIT : 0 });
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
    this.#disconnect();
    const asking = new AbortController();
    this.#asking = asking;
    const init = this.#owner.credentials?.requestInit;
    const reply = await whyRefused(address, asking.signal, method, init);
    if (!asking.signal.aborted) this.#refuse(reply);
  }

  /**
   * @param {import("./refusal.js").Reply} reply
   * @param {boolean} asked it is the answer to a body
   */
  #refuseFetched(reply, asked) {
    if (asked && !reply.ours) {
      // Something on the way takes no QUERY, or the network is down: an address alone gets further, or fails as well.
      this.#bodies = "doubted";
      this.open();
    } else this.#refuse(reply);
  }

  /** @param {import("./refusal.js").Reply} reply */
  #refuse({ status, detail, retryAfter }) {
    if (isTransient(status)) this.#fail({ status, detail, retryAfter });
    else if (this.#again) this.open();
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
    this.#disconnect();
    // An address alone has failed as well: it was not the body.
    if (this.#bodies === "doubted") this.#bodies = "yes";
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
    if (this.#cutShort && this.isOpen && this.#lastEventAt - this.#helloAt > this.#patience) this.#noteFlow();
    if (name === "hello") this.#takeHello(JSON.parse(data));
    this.#owner.onEvent(name, data, lastEventId);
    if (name === "bye") this.#takeBye(JSON.parse(data));
  }

  /** @param {{heartbeat: number, retry?: number}} hello */
  #takeHello({ heartbeat, retry = FIRST_WAIT }) {
    if (this.#bodies === "doubted") this.#bodies = "no";
    this.#heartbeat = heartbeat;
    this.#firstWait = retry;
    this.#attempts = 0;
    this.#helloAt = Date.now();
    this.#heldBack.pause();
    if (!this.#cutShort) this.#heldBack.end();
  }

  /** The connection is dead of silence: it may be held back, if it never spoke, or twice no longer than its patience. */
  #noteSilence() {
    if (this.isOpen) this.#cutShort += 1;
    else this.#mute = true;
    if (!this.isOpen || this.#cutShort > 1) this.#heldBack.begin();
  }

  /** Events still come when those at the beginning would be too old: nothing holds them back. */
  #noteFlow() {
    this.#cutShort = 0;
    this.#heldBack.end();
  }

  /** @param {{retry: number}} bye */
  #takeBye({ retry }) {
    this.#wait(Math.min(Math.max(retry, 0), LONGEST_WAIT), { link: "waiting", status: 0, detail: "" });
  }
}
