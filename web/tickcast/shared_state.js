/**
 * The state that all tabs of a stream share: how it begins, and what a `hello` or a report of the feed changes in it.
 * Pure.
 *
 * @typedef {import("./types.js").SharedState} SharedState
 *
 * @typedef {object} Hello
 * @property {string} gateway
 * @property {string} [stream]
 * @property {string} [name] of the feed
 * @property {string} [source]
 * @property {number} interval
 * @property {"live" | "stale"} [feed]
 * @property {number} [delay] ms by which prices are late
 * @property {"keep"} [case] left out where symbols are upper-case
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
  heldBack: false,
  epoch: "",
  gateway: "",
  stream: "",
  name: "",
  source: "",
  delay: 0,
  case: "upper",
  interval: 0,
};

/**
 * Return what the first event of a connection changes.
 *
 * @param {SharedState} state
 * @param {Hello} hello
 * @param {number} now ms since the epoch
 * @returns {Partial<SharedState>}
 */
export function helloChange(state, hello, now) {
  const { gateway, name = "", stream = "", source = "", delay = 0, case: symbolCase = "upper" } = hello;
  const { interval, feed = "live" } = hello;
  // Why it is stale follows in a `status`.
  const standing = { feed, reason: "", quietSince: quietSince(state, feed, now) };
  const settled = { status: 0, detail: "", retryAt: 0 };
  return { gateway, name, stream, source, delay, case: symbolCase, interval, ...standing, ...settled };
}

/**
 * Return what a gateway's report of its feed changes; undefined if it changes nothing. The `age` in a report is that of
 * the newest ticks: it does not tell since when the feed is stale.
 *
 * @param {SharedState} state
 * @param {{feed: "live" | "stale", reason?: string}} report
 * @param {number} now ms since the epoch
 * @returns {Partial<SharedState> | undefined}
 */
export function feedChange(state, { feed, reason }, now) {
  // A heartbeat gives no reason: that of the last status holds.
  if (feed === state.feed && reason === undefined) return undefined;
  return { feed, reason: feed === "live" ? "" : (reason ?? state.reason), quietSince: quietSince(state, feed, now) };
}

/**
 * Return since when the feed is stale, by this computer's clock. Another gateway or another reason does not change it.
 *
 * @param {SharedState} state before
 * @param {"live" | "stale"} feed
 * @param {number} now ms since the epoch
 */
function quietSince(state, feed, now) {
  if (feed === "live") return 0;
  return state.feed === "stale" ? state.quietSince : now;
}
