/** Bars that have been: what the gateways keep of a symbol. */

/** @typedef {import("../tickcast.js").Bar} Bar */

/**
 * Return the newest bars of a symbol, oldest first; none, if there are none or nobody answers.
 *
 * @param {string} symbol
 * @param {"1s" | "1m"} interval
 * @param {number} limit
 * @returns {Promise<Bar[]>}
 */
export async function readBars(symbol, interval, limit) {
  const query = new URLSearchParams({ interval, limit: String(limit) });
  try {
    const response = await fetch(`/v1/bars/${encodeURIComponent(symbol)}?${query}`);
    return response.ok ? (await response.json()).bars : [];
  } catch {
    // No gateway at this moment: who needs it asks again when the stream is back.
    return [];
  }
}
