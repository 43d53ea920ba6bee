/** Reads the bars of a symbol that the gateways keep. */

import { ask } from "./token.js";

/** @typedef {import("../tickcast.js").Bar} Bar */

/** ms that an answer may take until it is complete: a connection may hang for any time. */
export const TIMEOUT = 10_000;

/**
 * Return the newest bars of a symbol, oldest first; undefined if they could not be read: try again later.
 *
 * @param {string} symbol
 * @param {import("./bar_rollup.js").Interval} interval
 * @param {number} limit
 * @returns {Promise<Bar[] | undefined>}
 */
export async function readBars(symbol, interval, limit) {
  const query = new URLSearchParams({ interval, limit: String(limit) });
  try {
    const signal = AbortSignal.timeout(TIMEOUT);
    const response = await ask(`v1/bars/${inPath(symbol)}?${query}`, signal);
    // A symbol that nobody publishes has no bars.
    if (response.status === 404) return [];
    return response.ok ? (await response.json()).bars : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Return a symbol as a part of a path. A slash stays plain, because some proxies answer `%2F` with 404.
 *
 * @param {string} symbol
 */
function inPath(symbol) {
  const parts = symbol.split("/");
  // A part that is empty, or dots alone, would be taken out of the path on the way.
  return parts.every((part) => /[^.]/.test(part)) ? parts.map(encodeURIComponent).join("/") : encodeURIComponent(symbol);
}
