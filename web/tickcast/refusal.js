/**
 * Requests and their refusals: what a server answered, why it refused a stream, and whether the reason may pass.
 *
 * @typedef {object} Reply
 * @property {number} status of HTTP; 0: no reply
 * @property {string} detail the server's text for people; may be empty
 * @property {number} retryAfter ms to wait; 0: the server named none
 */

import { retryAfter } from "./backoff.js";

/** ms that a reply may take. */
const TIMEOUT = 10_000;

/** Characters of a detail that are kept. */
const MAX_DETAIL = 500;

/** Statuses under 500 whose reason may pass: too slow, too early, too many. */
const TRANSIENT = new Set([0, 408, 425, 429]);

/**
 * Tell whether the same request may succeed later though nothing is changed.
 *
 * @param {number} status
 */
export function isTransient(status) {
  return TRANSIENT.has(status) || status >= 500;
}

/**
 * Send a request and return the reply. Never throws. The body is read only if it is a problem document: the body of a
 * stream has no end.
 *
 * @param {string} address
 * @param {AbortSignal} signal ends it, with status 0
 * @param {RequestInit} [init]
 * @returns {Promise<Reply & {type: string}>}
 */
export async function request(address, signal, init = {}) {
  const ours = new AbortController();
  const end = () => ours.abort();
  signal.addEventListener("abort", end);
  const timer = setTimeout(end, TIMEOUT);
  try {
    const response = await fetch(address, { cache: "no-store", ...init, signal: ours.signal });
    const type = response.headers.get("content-type") ?? "";
    const hasDetail = type.startsWith("application/problem+json") && init.method !== "HEAD";
    const detail = hasDetail ? detailOf(await response.json()) : "";
    const wait = retryAfter(response.headers.get("retry-after"), Date.now());
    return { status: response.status, detail, retryAfter: wait, type };
  } catch {
    // No network, no such host, disconnected, or a body that is not the JSON that was announced.
    return { status: 0, detail: "", retryAfter: 0, type: "" };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    ours.abort();
  }
}

/**
 * Find out why an EventSource failed at once, which it does not say itself.
 *
 * @param {string} address of the stream
 * @param {AbortSignal} signal
 * @param {"GET" | "HEAD"} [method] HEAD gets no detail
 * @returns {Promise<Reply>} with status 0 also if the server would send a stream now
 */
export async function whyRefused(address, signal, method = "GET") {
  const { status, detail, retryAfter, type } = await request(address, signal, {
    method,
    headers: { accept: "text/event-stream" },
  });
  if (status !== 200) return { status, detail, retryAfter };
  if (type.startsWith("text/event-stream")) return { status: 0, detail: "", retryAfter: 0 };
  return { status, detail: `the answer is ${type || "of no type"}, not a stream`, retryAfter };
}

/** @param {{detail?: unknown, title?: unknown}} problem */
function detailOf({ detail, title }) {
  return String(detail ?? title ?? "").slice(0, MAX_DETAIL);
}
