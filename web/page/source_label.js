/** The label of data that does not come from a market now. Pure. */

const LABELS = new Map([
  ["simulated", "Simulated market data"],
  ["replay", "Recorded market data"],
]);

/**
 * Return the label of the publisher's source; empty for a live feed.
 *
 * @param {string} source
 */
export function sourceLabel(source) {
  return LABELS.get(source) ?? "";
}
