/**
 * A symbol: printable ASCII, but no comma, no * and nothing that JSON would escape, and no space at its ends. Pure.
 *
 * @typedef {"upper" | "keep"} Case what a feed does with lower-case letters in symbols
 */

const INNER = String.raw`[ !#-&()+\x2d-\x5b\x5d-\x5f\x61-\x7e]`;
const OUTER = INNER.replace("[ ", "[");
const SYMBOL = new RegExp(String.raw`^(?!\.\.?$)${OUTER}(?:${INNER}{0,62}${OUTER})?$`);
const PATTERN = new RegExp(String.raw`^(?:${OUTER}${INNER}{0,63})?\*$`);

/** What a symbol is, in words. */
export const ALLOWED =
  "1 to 64 printable ASCII characters but , * \\ and quotes, without a space at either end, and not . or ..";

/**
 * Tell whether a text can be a symbol.
 *
 * @param {string} text
 */
export function isSymbol(text) {
  return SYMBOL.test(text);
}

/**
 * Tell whether a text is the beginning of symbols with a * after it, which stands for any ending.
 *
 * @param {string} text
 */
export function isPattern(text) {
  return PATTERN.test(text);
}

/**
 * Return a symbol or pattern as a feed with this case writes it.
 *
 * @param {string} symbol
 * @param {Case} symbolCase
 */
export function fold(symbol, symbolCase) {
  const text = String(symbol).trim();
  return symbolCase === "upper" ? text.toUpperCase() : text;
}

/**
 * Return symbols as a comma list in a query. What may stay plain there does, so that more symbols fit.
 *
 * @param {readonly string[]} symbols
 */
export function inQuery(symbols) {
  return symbols.map((each) => encodeURIComponent(each).replace(/%(2F|3A|40|24)/g, decodeURIComponent)).join(",");
}
