/**
 * How the line stands, and the feed behind it. Pure.
 *
 * @typedef {import("./types.js").LineState} LineState
 */

/** @type {LineState} */
export const AT_FIRST = {
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
 * Return what a gateway's word of its feed changes; nothing, if that is known.
 *
 * @param {LineState} line
 * @param {{feed: "live" | "stale", age: number, reason?: string}} told `age`: ms since the feed was last heard
 * @param {number} now ms since the epoch
 * @returns {Partial<LineState> | undefined}
 */
export function feedChange({ feed: before, reason: known }, { feed, age, reason }, now) {
  // A heartbeat gives no reason: the one of the last status holds.
  if (feed === before && reason === undefined) return undefined;
  const isLive = feed === "live";
  return { feed, reason: isLive ? "" : (reason ?? known), quietSince: isLive ? 0 : now - age };
}
