/** Which symbols a search finds. Pure. */

/**
 * Tell whether every word of `search` occurs in the symbol or the name.
 *
 * @param {string} search
 * @param {string} symbol
 * @param {string} [name]
 */
export function matches(search, symbol, name = "") {
  const text = `${symbol} ${name}`.toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
