/** The reader's list of symbols, each a symbol or a prefix with `*` behind it. Pure. */

const SYMBOL = /^[A-Z0-9._/:-]{1,32}$/;
const PREFIX = /^[A-Z0-9._/:-]{0,31}\*$/;

/** All symbols. */
export const ALL = "*";

/**
 * Return the symbols and prefixes of a comma list, upper case, each once; none that cannot be one.
 *
 * @param {string} text
 */
export function parseList(text) {
  return partsOf(text).filter(fits);
}

/**
 * Return what of a comma list can be no symbol and no prefix, as parseList leaves it out.
 *
 * @param {string} text
 */
export function unfit(text) {
  return partsOf(text).filter((part) => !fits(part));
}

/** @param {string} text */
function partsOf(text) {
  return [...new Set(text.toUpperCase().split(/[\s,]+/).filter(Boolean))];
}

/** @param {string} part */
function fits(part) {
  return SYMBOL.test(part) || PREFIX.test(part);
}

/**
 * Tell whether a list holds a symbol, by itself or by a prefix.
 *
 * @param {readonly string[]} list
 * @param {string} symbol
 */
export function covers(list, symbol) {
  return list.some((part) => (part.endsWith("*") ? symbol.startsWith(part.slice(0, -1)) : part === symbol));
}

/**
 * Return a list with more in it; what others in it cover is left out.
 *
 * @param {readonly string[]} list
 * @param {readonly string[]} more
 */
export function withAdded(list, more) {
  const all = [...new Set([...list, ...more])];
  return all.filter((part) => !all.some((other) => other !== part && other.endsWith("*") && covers([other], part)));
}

/**
 * Return a list without a symbol. A prefix that covers it gives way to the other symbols that it stands for.
 *
 * @param {readonly string[]} list
 * @param {string} symbol
 * @param {Iterable<string>} known every symbol there is
 */
export function without(list, symbol, known) {
  const wide = list.filter((part) => part !== symbol && covers([part], symbol));
  const kept = list.filter((part) => part !== symbol && !wide.includes(part));
  const spelt = [...known].filter((each) => each !== symbol && covers(wide, each));
  return [...new Set([...kept, ...spelt])];
}
