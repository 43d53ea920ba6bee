/**
 * The state that all tabs of a stream share: how it begins, and what a report of the feed changes in it. Pure.
 *
 * @typedef {import("./types.js").SharedState} SharedState
 */

/** @type {SharedState} */
export const INITIAL_STATE = {
  link: "connecting",
  status: 0,
  detail: "",
  retryAt: 0,
  attempts: 0,
  reconnects: 0,
  feed: "live",
  reason: "",
  quietSince: 0,
  gateway: "",
  stream: "",
  source: "",
  interval: 0,
};

/**
 * Return what a gateway's report of its feed changes; undefined if it changes nothing.
 *
 * @param {SharedState} state
 * @param {{feed: "live" | "stale", age: number, reason?: string}} report `age`: ms since the gateway last heard the feed
 * @param {number} now ms since the epoch
 * @returns {Partial<SharedState> | undefined}
 */
export function feedChange({ feed: before, reason: known }, { feed, age, reason }, now) {
  // A heartbeat gives no reason: that of the last status holds.
  if (feed === before && reason === undefined) return undefined;
  const isLive = feed === "live";
  return { feed, reason: isLive ? "" : (reason ?? known), quietSince: isLive ? 0 : now - age };
}
