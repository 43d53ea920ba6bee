/** Bars that have been: what the gateways keep of a symbol. */

/** @typedef {import("../tickcast.js").Bar} Bar */

/** ms after which an answer that has not come whole is taken for none: a line may hang for as long as it likes. */
export const PATIENCE = 10_000;

/**
 * Return the newest bars of a symbol, oldest first; undefined, if nobody could tell: ask again later.
 *
 * @param {string} symbol
 * @param {"1s" | "1m"} interval
 * @param {number} limit
 * @returns {Promise<Bar[] | undefined>}
 */
export async function readBars(symbol, interval, limit) {
  const query = new URLSearchParams({ interval, limit: String(limit) });
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const response = await fetch(`/v1/bars/${encodeURIComponent(symbol)}?${query}`, { signal });
    // Nobody publishes it: so it has no bars.
    if (response.status === 404) return [];
    return response.ok ? (await response.json()).bars : undefined;
  } catch {
    return undefined;
  }
}
