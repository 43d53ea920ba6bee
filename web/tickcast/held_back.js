/**
 * A stream that something on the way holds back, such as a buffering proxy or a virus scanner: whether it does, and the
 * newest prices meanwhile, asked for at a bounded pace.
 *
 * @typedef {object} Polled a snapshot, as a gateway answers it
 * @property {string} epoch
 * @property {object[]} ticks
 *
 * @typedef {object} Owner
 * @property {() => string} address returns where the next symbols are asked for; empty: nowhere
 * @property {() => RequestInit} init returns what a request is sent with
 * @property {(held: boolean) => void} onHeldBack the stream is held back although the server answers, or no longer
 * @property {(name: "gap" | "snapshot", data: object) => void} onEvent
 */

import { backOff, retryAfter } from "./backoff.js";
import { NEVER_ELSEWHERE } from "./refusal.js";

/** ms between two requests; drawn from the upper half of it, and doubled while they fail. */
const PACE = 10_000;

/** ms before the first request: many streams may have fallen silent together. */
const FIRST = 2_000;

/** ms that an answer may take. */
const TIMEOUT = 10_000;

export class HeldBack {
  #owner;
  #held = false;
  #failures = 0;
  /** The epoch of the prices polled last; undefined: none yet.
   * @type {string | undefined} */
  #epoch;
  /** Ends the requests.
   * @type {AbortController | undefined} */
  #polling;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Owner} owner */
  constructor(owner) {
    this.#owner = owner;
  }

  /** The stream was opened and brought nothing in time: ask for the newest prices until `pause` or `end`. */
  begin() {
    if (this.#polling) return;
    this.#polling = new AbortController();
    this.#schedule(this.#polling.signal, backOff(0, Math.random(), FIRST));
  }

  /** The stream brings something: ask no more, unless it falls silent again. */
  pause() {
    clearTimeout(this.#timer);
    this.#polling?.abort();
    this.#polling = undefined;
  }

  /** The stream is not held back. */
  end() {
    this.pause();
    this.#failures = 0;
    this.#epoch = undefined;
    this.#tell(false);
  }

  /** @param {boolean} held */
  #tell(held) {
    if (held === this.#held) return;
    this.#held = held;
    this.#owner.onHeldBack(held);
  }

  /**
   * @param {AbortSignal} signal
   * @param {number} delay ms
   */
  #schedule(signal, delay) {
    this.#timer = setTimeout(() => void this.#poll(signal), delay);
  }

  /** @param {AbortSignal} signal */
  async #poll(signal) {
    const address = this.#owner.address();
    const { polled, least } = address ? await ask(address, this.#owner.init(), signal) : { least: 0 };
    if (signal.aborted) return;
    this.#failures = polled ? 0 : this.#failures + 1;
    // Who answers nothing else either does not hold back streams: it is down.
    this.#tell(Boolean(polled));
    if (polled) this.#hand(polled);
    this.#schedule(signal, backOff(this.#failures, Math.random(), PACE, least));
  }

  /** @param {Polled} polled */
  #hand({ epoch, ticks }) {
    // What came between two of these is not seen: said once, and whenever the feed has started over.
    if (epoch !== this.#epoch) this.#owner.onEvent("gap", { reason: "polled", epoch });
    this.#epoch = epoch;
    this.#owner.onEvent("snapshot", ticks);
  }
}

/**
 * @param {string} address
 * @param {RequestInit} init
 * @param {AbortSignal} signal
 * @returns {Promise<{polled?: Polled, least: number}>} `least`: ms that the server asks to wait
 */
async function ask(address, init, signal) {
  const ours = new AbortController();
  const end = () => ours.abort();
  signal.addEventListener("abort", end);
  const timer = setTimeout(end, TIMEOUT);
  try {
    const response = await fetch(address, { ...NEVER_ELSEWHERE, ...init, signal: ours.signal });
    const least = retryAfter(response.headers.get("retry-after"), Date.now());
    const polled = response.status === 200 ? await response.json() : undefined;
    return { least, polled: Array.isArray(polled?.ticks) && typeof polled.epoch === "string" ? polled : undefined };
  } catch {
    return { least: 0 };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    ours.abort();
  }
}
