/**
 * The state of the stream in words. Pure.
 *
 * @typedef {object} Status
 * @property {"live" | "wait" | "stale" | "paused"} tone
 * @property {string} text in words
 * @property {string} detail text that counts seconds; not for screen readers
 */

import { dated } from "./numbers.js";

/** ms without a tick after which a live feed is called quiet; or so many intervals, if those are longer. */
const QUIET = 5_000;
const QUIET_INTERVALS = 2.5;

/** What a refusal means to the reader, by HTTP status. */
const REFUSALS = new Map([
  [400, "The request was refused"],
  [401, "Not signed in"],
  [403, "Not allowed"],
  [404, "Not found"],
  [429, "Too many requests"],
  [503, "No gateway is free"],
]);

/**
 * @param {Readonly<import("../tickcast.js").State>} state
 * @param {number} now ms since the epoch
 * @param {number} lastTick when the newest tick arrived, ms since the epoch; 0: none yet
 * @param {number} [pausedAt] when the display was frozen, ms since the epoch; 0: it is not
 * @returns {Status}
 */
export function statusOf(state, now, lastTick, pausedAt = 0) {
  if (state.link === "refused") {
    const again = state.retryAt > now ? `tries again in ${seconds(state.retryAt - now)}` : "";
    return { tone: "stale", text: refusal(state), detail: again };
  }
  // An open stream too: its beginning came through before, and the rest did not.
  if (state.heldBack && state.link !== "closed") {
    const text = "Held back: a proxy or virus scanner on the way keeps the live stream. Newest prices every few seconds";
    return { tone: "stale", text, detail: "not every change is seen" };
  }
  if (state.link === "waiting") {
    const text = state.status ? `${refusal(state)}. Reconnecting` : "Reconnecting";
    return { tone: "wait", text, detail: `in ${seconds(state.retryAt - now)}` };
  }
  if (state.link === "connecting") {
    const again = state.attempts > 0;
    return { tone: "wait", text: again ? "Reconnecting" : "Connecting", detail: again ? "now" : "" };
  }
  if (state.link === "closed") return { tone: "stale", text: "Closed", detail: "" };
  if (state.feed === "stale") {
    return { tone: "stale", text: `Stale: ${state.reason}`, detail: `for ${seconds(now - state.quietSince)}` };
  }
  const but = exception(state);
  if (pausedAt) {
    const text = `Paused: prices of ${dated(pausedAt * 1000)}${but}`;
    return { tone: "paused", text, detail: "the stream goes on" };
  }
  const quiet = lastTick ? now - lastTick : 0;
  const long = quiet > Math.max(QUIET, QUIET_INTERVALS * state.interval);
  return { tone: "live", text: `Live${but}`, detail: long ? `no tick for ${seconds(quiet)}` : "" };
}

/**
 * Return which change of a running stream was refused, in words; empty: none.
 *
 * @param {Readonly<import("../tickcast.js").State>} state
 */
function exception({ status, detail }) {
  if (!status && !detail) return "";
  return `, but a change was refused: ${detail || (REFUSALS.get(status) ?? status)}`;
}

/** @param {Readonly<import("../tickcast.js").State>} state */
export function gapsOf({ gaps, gapReason }) {
  return gaps ? `${gaps} (${gapReason})` : "none";
}

/** @param {Readonly<import("../tickcast.js").State>} state */
function refusal({ status, detail }) {
  const why = REFUSALS.get(status) ?? `Refused (${status})`;
  return detail ? `${why}: ${detail}` : why;
}

/** @param {number} ms */
function seconds(ms) {
  return `${Math.max(0, Math.ceil(ms / 1000))} s`;
}
