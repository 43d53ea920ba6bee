/**
 * A change of a running stream, as a gateway takes it.
 *
 * @typedef {import("./types.js").Wish} Wish
 *
 * @typedef {object} Change
 * @property {string[]} add
 * @property {string[]} drop
 * @property {import("./types.js").BarInterval[]} [bars]
 * @property {string[] | null} [bars_of] null: the symbols of the stream
 */

import { backOff } from "./backoff.js";
import { ask, passes } from "./refusal.js";
import { sameBars } from "./subscription.js";

/** Symbols in one change: gateways read 64 KiB, and a symbol takes up to 35 bytes. */
const MOST = 1_500;

/** Attempts where time may mend what is wrong. */
const ATTEMPTS = 3;

/** ms: the first wait between them. */
const FIRST_PAUSE = 500;

/**
 * Return the change that comes next on the way from what a stream was asked for to what is wanted; none, if they
 * are the same. Others may follow.
 *
 * @param {Wish} asked
 * @param {Wish} wanted
 * @returns {Change | undefined}
 */
export function nextChange(asked, wanted) {
  if (!sameBars(asked, wanted)) {
    return { add: [], drop: [], bars: wanted.bars, bars_of: wanted.barsOf ?? null };
  }
  const has = new Set(asked.symbols);
  const wants = new Set(wanted.symbols);
  const drop = asked.symbols.filter((symbol) => !wants.has(symbol)).slice(0, MOST);
  const add = wanted.symbols.filter((symbol) => !has.has(symbol)).slice(0, MOST - drop.length);
  return add.length || drop.length ? { add, drop } : undefined;
}

/**
 * Tell whether a stream of `symbols` has taken a change.
 *
 * @param {string[]} symbols
 * @param {Change} change
 */
export function hasTaken(symbols, { add, drop }) {
  const has = new Set(symbols);
  return add.every((symbol) => has.has(symbol)) && !drop.some((symbol) => has.has(symbol));
}

/**
 * Send a change, and again where that may help: the same change twice is the same as once.
 *
 * @param {string} address of the running stream
 * @param {Change} change
 * @param {AbortSignal} signal ends it
 * @returns {Promise<import("./refusal.js").Answer>} the last answer
 */
export async function sendChange(address, change, signal) {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask(address, signal, {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(change),
    });
    if (!passes(answer.status) || attempt === ATTEMPTS || signal.aborted) return answer;
    await pause(backOff(attempt - 1, Math.random(), FIRST_PAUSE, answer.retryAfter), signal);
    if (signal.aborted) return answer;
  }
}

/**
 * Return false after `ms`, or earlier where it is aborted.
 *
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>}
 */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}
