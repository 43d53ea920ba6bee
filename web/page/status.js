/**
 * The state of the stream in words. Pure.
 *
 * @typedef {object} Status
 * @property {"live" | "wait" | "stale"} tone
 * @property {string} text for everybody
 * @property {string} detail what counts seconds; not for screen readers
 */

/** ms without a tick after which a live feed is called quiet. */
const QUIET = 5_000;

/**
 * @param {Readonly<import("../tickcast.js").State>} state
 * @param {number} now ms since the epoch
 * @param {number} lastTick when the newest tick came, ms since the epoch; 0: none yet
 * @returns {Status}
 */
export function statusOf(state, now, lastTick) {
  if (state.link === "waiting") {
    return { tone: "wait", text: "Reconnecting", detail: `in ${seconds(state.retryAt - now)}` };
  }
  if (state.link === "connecting") {
    const again = state.attempts > 0;
    return { tone: "wait", text: again ? "Reconnecting" : "Connecting", detail: again ? "now" : "" };
  }
  if (state.link === "closed") return { tone: "stale", text: "Closed", detail: "" };
  if (state.feed === "stale") {
    return { tone: "stale", text: `Stale: ${state.reason}`, detail: `for ${seconds(now - state.quietSince)}` };
  }
  const quiet = lastTick ? now - lastTick : 0;
  return { tone: "live", text: "Live", detail: quiet > QUIET ? `no tick for ${seconds(quiet)}` : "" };
}

/**
 * @param {Readonly<import("../tickcast.js").State>} state
 */
export function gapsOf({ gaps, gapReason }) {
  return gaps ? `${gaps} (${gapReason})` : "none";
}

/** @param {number} ms */
function seconds(ms) {
  return `${Math.max(0, Math.ceil(ms / 1000))} s`;
}
