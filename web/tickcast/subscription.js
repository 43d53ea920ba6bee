/**
 * What is wanted of a stream: symbols, an interval, bars; of one tab and of several together. Pure.
 *
 * @typedef {import("./types.js").Wish} Wish
 */

const SYMBOL = /^(?:[A-Z0-9._/:-]{1,32}|[A-Z0-9._/:-]{0,32}\*)$/;

/** A stream of nothing must name something, because none means all. Nobody publishes this. */
const NOTHING = ["-"];

/**
 * Return symbols as a stream takes them: upper case, sorted, none twice, none that a pattern covers.
 *
 * @param {Iterable<string>} symbols
 * @throws {RangeError} for what can be no symbol: the gateway would refuse the whole stream for it
 */
export function normalSymbols(symbols) {
  const all = [...new Set([...symbols].map(spelling))].sort();
  const wrong = all.filter((symbol) => !SYMBOL.test(symbol));
  if (wrong.length) {
    const allowed = "a symbol is 1 to 32 of A-Z 0-9 . _ / : -, and * stands for any end";
    throw new RangeError(`no symbols: ${wrong.slice(0, 5).join(", ")}; ${allowed}`);
  }
  const prefixes = all.filter(isPattern).map(prefixOf);
  if (!prefixes.length) return all;
  return all.filter((symbol) => {
    const own = isPattern(symbol) ? prefixOf(symbol) : undefined;
    return !prefixes.some((prefix) => prefix !== own && symbol.startsWith(prefix));
  });
}

/**
 * Return a symbol as it is written on the wire.
 *
 * @param {string} symbol
 */
export function spelling(symbol) {
  return String(symbol).trim().toUpperCase();
}

/**
 * Return what tells whether a symbol is among `symbols`, patterns included.
 *
 * @param {string[]} symbols
 * @returns {(symbol: string) => boolean}
 */
export function selector(symbols) {
  const names = new Set(symbols);
  const prefixes = symbols.filter(isPattern).map(prefixOf);
  if (prefixes.includes("")) return () => true;
  return (symbol) => names.has(symbol) || prefixes.some((prefix) => symbol.startsWith(prefix));
}

/**
 * Return the bars that a wish asks for, as what tells whether one is among them.
 *
 * @param {Wish} wish
 * @returns {(bar: import("./types.js").Bar) => boolean}
 */
export function barSelector({ symbols, bars, barsOf }) {
  const selects = selector(barsOf ?? symbols);
  return (bar) => bars.includes(bar.i) && selects(bar.S);
}

/**
 * Return one wish that covers all: every symbol of each, at the smallest interval.
 *
 * @param {Wish[]} wishes
 * @returns {Wish}
 */
export function unite(wishes) {
  const symbols = normalSymbols(wishes.flatMap((wish) => wish.symbols));
  const charted = wishes.filter((wish) => wish.bars.length);
  /** @type {Wish} */
  const union = {
    symbols: symbols.length ? symbols : NOTHING,
    interval: Math.min(...wishes.map((wish) => wish.interval)),
    bars: /** @type {Wish["bars"]} */ ([...new Set(charted.flatMap((wish) => wish.bars))].sort()),
  };
  const barsOf = normalSymbols(charted.flatMap((wish) => wish.barsOf ?? wish.symbols));
  if (charted.length && !sameList(barsOf, union.symbols)) union.barsOf = barsOf.length ? barsOf : NOTHING;
  return union;
}

/**
 * @param {readonly string[]} one sorted
 * @param {readonly string[]} other sorted
 */
export function sameList(one, other) {
  return one.length === other.length && one.every((each, index) => each === other[index]);
}

/**
 * Tell whether a stream that was asked for `asked` sends the bars of `wish`. Bars whose symbols were not
 * named follow the symbols of the stream.
 *
 * @param {Pick<Wish, "bars" | "barsOf">} asked
 * @param {Pick<Wish, "bars" | "barsOf">} wish
 */
export function sameBars(asked, wish) {
  if (!sameList(asked.bars, wish.bars)) return false;
  return !wish.bars.length || String(asked.barsOf) === String(wish.barsOf);
}

/** @param {string} symbol */
const isPattern = (symbol) => symbol.endsWith("*");

/** @param {string} pattern */
const prefixOf = (pattern) => pattern.slice(0, -1);
