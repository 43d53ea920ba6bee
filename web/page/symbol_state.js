/** The state of a symbol in words, and what must stand beside its price: that it is halted, that it is simulated. Pure. */

import { dated } from "./numbers.js";
import { symbolLabel } from "./source_label.js";

/** What the states mean that a source reports of a symbol; without one it is live. */
const STATES = new Map([
  ["stale", "Its source has said nothing for too long"],
  ["halted", "Trading in it is halted"],
  ["closed", "Its market is closed"],
  ["suspect", "Its source doubts this price"],
]);

/**
 * Return what the state of a symbol means; empty: it is live. A state without a meaning here is named all the same.
 *
 * @param {string | undefined} state
 */
export function meaningOf(state) {
  return !state || state === "live" ? "" : (STATES.get(state) ?? `Its source calls it ${state}`);
}

/**
 * Return what stands beside the price of a quote, in short and in a sentence; both are empty for a live, real price.
 *
 * @param {Pick<import("./columns.js").Quote, "tick" | "state">} quote
 */
export function besides({ tick, state }) {
  const label = symbolLabel(tick?.src);
  const meaning = meaningOf(state);
  return {
    short: join(" ", meaning && state, label?.short),
    words: join(", ", meaning && state, label?.text),
    title: join(". ", meaning, label && `These prices are ${label.text}`),
  };
}

/**
 * Return a change of a state in words that stay true.
 *
 * @param {import("../tickcast.js").SymbolState} state
 */
export function turned({ S, state, since }) {
  return `${S} turned ${state} at ${dated(since || Date.now() * 1000)}`;
}

/**
 * @param {string} between
 * @param {(string | undefined)[]} parts
 */
function join(between, ...parts) {
  return parts.filter(Boolean).join(between);
}
