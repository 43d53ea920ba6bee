/**
 * A patch: a change of a running stream, as `PATCH /v1/streams/ID` takes it. Decides what the next patch says, how it
 * is sent, and when the stream has taken it.
 *
 * @typedef {import("./types.js").Subscription} Subscription
 *
 * @typedef {object} Patch
 * @property {string[]} add
 * @property {string[]} drop
 * @property {import("./types.js").BarInterval[]} [bars]
 * @property {string[] | null} [bars_of] null: the symbols of the stream
 */

import { backOff } from "./backoff.js";
import { headersOf } from "./credentials.js";
import { isTransient, request } from "./refusal.js";
import { sameBars } from "./subscription.js";

/** Symbols in one patch, and characters of their JSON: gateways read 64 KiB. */
const MAX_SYMBOLS = 1_500;
const MAX_CHARACTERS = 60_000;

/** How often a patch is sent while it fails for a reason that may pass. */
const ATTEMPTS = 3;

/** ms of the first wait between them. */
const FIRST_WAIT = 500;

/**
 * Return the next patch on the way from what a stream is subscribed to to what is wanted; undefined if they are the
 * same. More patches may follow.
 *
 * @param {Subscription} current
 * @param {Subscription} wanted
 * @returns {Patch | undefined}
 */
export function nextPatch(current, wanted) {
  if (!sameBars(current, wanted)) {
    return { add: [], drop: [], bars: wanted.bars, bars_of: wanted.barsOf ?? null };
  }
  const has = new Set(current.symbols);
  const wants = new Set(wanted.symbols);
  let [count, characters] = [0, 0];
  const fits = (/** @type {string} */ symbol) => {
    count += 1;
    characters += symbol.length + '"",'.length;
    return count <= MAX_SYMBOLS && characters <= MAX_CHARACTERS;
  };
  const drop = current.symbols.filter((symbol) => !wants.has(symbol)).filter(fits);
  const add = wanted.symbols.filter((symbol) => !has.has(symbol)).filter(fits);
  return add.length || drop.length ? { add, drop } : undefined;
}

/**
 * Tell whether a stream of `symbols` has taken a patch.
 *
 * @param {string[]} symbols
 * @param {Patch} patch
 */
export function hasTaken(symbols, { add, drop }) {
  const has = new Set(symbols);
  return add.every((symbol) => has.has(symbol)) && !drop.some((symbol) => has.has(symbol));
}

/**
 * Send a patch, and again while that may help: a patch sent twice does the same as once.
 *
 * @param {string} address of the running stream
 * @param {Patch | {token: string}} patch
 * @param {AbortSignal} signal ends it
 * @param {import("./credentials.js").Credentials} [credentials] what it shows of this page
 * @returns {Promise<import("./refusal.js").Reply>} the last reply
 */
export async function sendPatch(address, patch, signal, credentials) {
  // A new token proves itself: the one before may have expired.
  const shown = "token" in patch ? headersOf(patch.token) : credentials?.running;
  for (let attempt = 1; ; attempt += 1) {
    const reply = await request(address, signal, {
      ...credentials?.requestInit,
      method: "PATCH",
      headers: { "content-type": "application/json", ...shown },
      body: JSON.stringify(patch),
    });
    if (!isTransient(reply.status) || attempt === ATTEMPTS || signal.aborted) return reply;
    await pause(backOff(attempt - 1, Math.random(), FIRST_WAIT, reply.retryAfter), signal);
    if (signal.aborted) return reply;
  }
}

/**
 * Return false after `ms`, or as soon as `signal` aborts.
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
