/** What an engineer wants to know of the stream: where it comes from, how much, how late, how whole. Pure. */

import { bytes, size } from "./numbers.js";
import { gapsOf } from "./status.js";

/** @param {Readonly<import("../tickcast.js").State>} state */
function roleOf({ role, followers }) {
  if (role === "follower") return "listens to another tab";
  if (!followers) return "its own stream";
  return `holds the stream for ${size(followers)} other tab${followers === 1 ? "" : "s"}`;
}

/**
 * Return the facts, by the id of their place.
 *
 * @param {Readonly<import("../tickcast.js").State>} state
 * @param {number} rate ticks a second
 * @param {number} symbols
 * @returns {Record<string, string>}
 */
export function factsOf(state, rate, symbols) {
  const open = state.link === "open";
  return {
    gateway: state.gateway || "–",
    rate: `${size(Math.round(rate))}/s`,
    lag: open && state.received ? `${size(Math.max(0, Math.round(state.lag)))} ms` : "–",
    granted: !open ? "–" : state.interval ? `${state.interval} ms` : "every tick",
    reconnects: size(state.reconnects),
    gaps: gapsOf(state),
    bytes: bytes(state.bytes),
    role: roleOf(state),
    symbols: size(symbols),
  };
}
