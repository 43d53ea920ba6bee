/**
 * What a server says when it does not do what was asked of it.
 *
 * @typedef {object} Answer
 * @property {number} status of HTTP; 0: there was no answer
 * @property {string} detail what it said, for people; may be empty
 * @property {number} retryAfter ms to wait; 0: it did not say
 */

import { retryAfter } from "./backoff.js";

/** ms that an answer may take. */
const PATIENCE = 10_000;

/** Characters of a detail, at most. */
const LONGEST_DETAIL = 500;

/** Statuses under 500 that time may mend: too slow, too early, too many. */
const PASSING = new Set([0, 408, 425, 429]);

/**
 * Tell whether the same request may well succeed later, without anybody changing anything.
 *
 * @param {number} status
 */
export function passes(status) {
  return PASSING.has(status) || status >= 500;
}

/**
 * Ask for `address`, and return what the server answered. Never fails. A body is read only where it
 * is a problem document: that of a stream has no end.
 *
 * @param {string} address
 * @param {AbortSignal} signal ends it, with status 0
 * @param {RequestInit} [request]
 * @returns {Promise<Answer & {type: string}>}
 */
export async function ask(address, signal, request = {}) {
  const ours = new AbortController();
  const end = () => ours.abort();
  signal.addEventListener("abort", end);
  const timer = setTimeout(end, PATIENCE);
  try {
    const response = await fetch(address, { cache: "no-store", ...request, signal: ours.signal });
    const type = response.headers.get("content-type") ?? "";
    const detail = type.startsWith("application/problem+json") ? detailOf(await response.json()) : "";
    const wait = retryAfter(response.headers.get("retry-after"), Date.now());
    return { status: response.status, detail, retryAfter: wait, type };
  } catch {
    // No network, no such host, cut off, or no JSON where JSON was promised.
    return { status: 0, detail: "", retryAfter: 0, type: "" };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    ours.abort();
  }
}

/**
 * Find out why an EventSource has failed at once, which it does not tell.
 *
 * @param {string} address of the stream
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>} with status 0 also where the server would now send a stream
 */
export async function whyRefused(address, signal) {
  const { status, detail, retryAfter, type } = await ask(address, signal, {
    headers: { accept: "text/event-stream" },
  });
  if (status !== 200) return { status, detail, retryAfter };
  if (type.startsWith("text/event-stream")) return { status: 0, detail: "", retryAfter: 0 };
  return { status, detail: `the answer is ${type || "of no type"}, and no stream`, retryAfter };
}

/** @param {{detail?: unknown, title?: unknown}} problem */
function detailOf({ detail, title }) {
  return String(detail ?? title ?? "").slice(0, LONGEST_DETAIL);
}
