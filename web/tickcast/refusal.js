/**
 * Requests and their refusals: what a server answered, why it refused a stream, and whether the reason may pass.
 *
 * @typedef {object} Reply
 * @property {number} status of HTTP; 0: no reply
 * @property {string} detail the server's text for people; may be empty
 * @property {number} retryAfter ms to wait; 0: the server named none
 * @property {boolean} ours a gateway says so, or nginx in its place: in a problem document. Else something on the way
 *   answered, which knows nothing of streams
 */

import { retryAfter } from "./backoff.js";

/** ms that a reply may take. */
const TIMEOUT = 10_000;

/** A token is for the server that was named: where that one redirects to, it must not go. @type {RequestInit} */
export const NEVER_ELSEWHERE = { cache: "no-store", redirect: "error" };

/** Characters of a detail that are kept. */
const MAX_DETAIL = 500;

/** No server has answered. @type {Reply} */
export const NO_REPLY = Object.freeze({ status: 0, detail: "", retryAfter: 0, ours: false });

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
    const elsewhere = new Headers(init.headers).has("authorization") ? NEVER_ELSEWHERE : {};
    const response = await fetch(address, { cache: "no-store", ...elsewhere, ...init, signal: ours.signal });
    return await replyOf(response, init.method === "HEAD");
  } catch {
    // No network, no such host, disconnected, or a body that is not the JSON that was announced.
    return { ...NO_REPLY, type: "" };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    ours.abort();
  }
}

/**
 * @param {Response} response
 * @param {boolean} bare it has no body
 * @returns {Promise<Reply & {type: string}>}
 */
async function replyOf(response, bare) {
  const type = response.headers.get("content-type") ?? "";
  const ours = type.startsWith("application/problem+json");
  const detail = ours && !bare ? detailOf(await response.json()) : "";
  const wait = retryAfter(response.headers.get("retry-after"), Date.now());
  return { status: response.status, detail, retryAfter: wait, ours, type };
}

/**
 * Return why an answer is no stream; undefined: it is one.
 *
 * @param {Response} response
 * @param {"GET" | "HEAD"} method
 * @returns {Promise<Reply | undefined>}
 */
export async function refusalOf(response, method) {
  return refused(await replyOf(response, method === "HEAD"));
}

/**
 * @param {Reply & {type: string}} reply
 * @returns {Reply | undefined}
 */
function refused({ type, ...reply }) {
  if (reply.status !== 200) return reply;
  if (type.startsWith("text/event-stream")) return undefined;
  return { ...reply, detail: `the answer is ${type || "of no type"}, not a stream` };
}

/**
 * Find out why an EventSource failed at once, which it does not say itself.
 *
 * @param {string} address of the stream
 * @param {AbortSignal} signal
 * @param {"GET" | "HEAD"} [method] HEAD gets no detail
 * @param {RequestInit} [init] what it is sent with, such as the cookie
 * @returns {Promise<Reply>} with status 0 also if the server would send a stream now
 */
export async function whyRefused(address, signal, method = "GET", init = {}) {
  const reply = await request(address, signal, { ...init, method, headers: { accept: "text/event-stream" } });
  return refused(reply) ?? NO_REPLY;
}

/** @param {{detail?: unknown, title?: unknown}} problem */
function detailOf({ detail, title }) {
  return String(detail ?? title ?? "").slice(0, MAX_DETAIL);
}
