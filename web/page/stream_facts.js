/** The facts about the stream that an engineer wants to see: gateway, rate, lag, gaps and so on. Pure. */

import { bytes, size } from "./numbers.js";
import { gapsOf } from "./status.js";

/** ms: a larger value is not lag but the age of a recording. */
const LONGEST_LAG = 24 * 3600 * 1000;

/** @param {Readonly<import("../tickcast.js").State>} state */
function lagOf({ link, received, source, lag }) {
  const isKnown = link === "open" && received > 0 && source !== "replay" && lag <= LONGEST_LAG;
  return isKnown ? `${size(Math.round(lag))} ms` : "–";
}

/** @param {Readonly<import("../tickcast.js").State>} state */
function roleOf({ role, followers }) {
  if (role === "follower") return "listens to another tab";
  if (!followers) return "its own stream";
  return `holds the stream for ${size(followers)} other tab${followers === 1 ? "" : "s"}`;
}

/**
 * Return the facts as texts, by the id of their element.
 *
 * @param {Readonly<import("../tickcast.js").State>} state
 * @param {number} rate ticks a second
 * @param {number} symbols
 * @returns {Record<string, string>}
 */
export function streamFacts(state, rate, symbols) {
  const open = state.link === "open";
  return {
    gateway: state.gateway || "–",
    rate: `${size(Math.round(rate))}/s`,
    lag: lagOf(state),
    granted: !open ? "–" : state.interval ? `${state.interval} ms` : "every tick",
    reconnects: size(state.reconnects),
    gaps: gapsOf(state),
    bytes: bytes(state.bytes),
    role: roleOf(state),
    symbols: size(symbols),
  };
}
