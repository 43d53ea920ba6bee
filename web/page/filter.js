/** Which symbols a reader's search means. Pure. */

/**
 * Tell whether every word of `search` is in the symbol or in the name.
 *
 * @param {string} search
 * @param {string} symbol
 * @param {string} [name]
 */
export function matches(search, symbol, name = "") {
  const text = `${symbol} ${name}`.toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
