/** What kind of data it is, where it is not the market's own. Pure. */

const LABELS = new Map([
  ["simulated", "Simulated market data"],
  ["replay", "Recorded market data"],
]);

/**
 * Return the words for the publisher's source; none for a feed of one's own.
 *
 * @param {string} source
 */
export function sourceLabel(source) {
  return LABELS.get(source) ?? "";
}
