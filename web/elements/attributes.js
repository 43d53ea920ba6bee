/** What the attributes of an element mean. Pure. */

import { ownStream } from "../tickcast/home.js";
import { ALLOWED, isPattern, isSymbol } from "../tickcast/symbol.js";
import { PARTS } from "./quote_view.js";

/** ms between two prices of a symbol, unless an element says otherwise: eyes follow no faster. */
const INTERVAL = 250;

/**
 * Return the address of the stream, whole, and what is wrong with it, in words.
 *
 * @param {string | null} url
 */
export function streamOf(url) {
  const written = url || ownStream();
  try {
    const { protocol, href } = new URL(written, document.baseURI);
    if (/^https?:$/.test(protocol)) return { href, trouble: "" };
  } catch {
    // It cannot be read.
  }
  return { href: "", trouble: `not an address of a stream: ${written.slice(0, 100)}` };
}

/**
 * Return the interval asked for, in ms; one that cannot be read counts as the usual one.
 *
 * @param {string | null} text
 */
export function intervalOf(text) {
  return text && /^\d{1,7}$/.test(text.trim()) ? Number(text) : INTERVAL;
}

/**
 * Return the names and patterns of a comma list, and what is wrong with it, in words.
 *
 * @param {string | null} text
 * @param {boolean} patterns whether A* is allowed
 */
export function symbolsOf(text, patterns) {
  const all = (text ?? "").split(",").map((each) => each.trim()).filter(Boolean);
  const right = all.filter((each) => isSymbol(each) || (patterns && isPattern(each)));
  const wrong = all.filter((each) => !right.includes(each)).slice(0, 3);
  if (wrong.length) return { symbols: right, trouble: `not a symbol: ${wrong.join(", ")}; a symbol is ${ALLOWED}` };
  return { symbols: right, trouble: all.length ? "" : "no symbol is named" };
}

/**
 * Return which parts of a quote are shown.
 *
 * @param {string | null} text such as `symbol price`
 * @param {readonly import("./quote_view.js").Part[]} usual
 */
export function partsOf(text, usual) {
  const named = (text ?? "").split(/[\s,]+/);
  const found = PARTS.filter((part) => named.includes(part));
  return found.length ? found : usual;
}
