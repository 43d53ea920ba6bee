/** The candle that forms: the newest bar as the newest tick leaves it, so that the chart says the price of the row. Pure. */

/**
 * @typedef {import("../tickcast.js").Bar} Bar
 * @typedef {import("../tickcast.js").Tick} Tick
 */

/** µs of a bar, by its interval. A day is missing: where it ends depends on the instrument, so no tick begins one. */
const LENGTHS = new Map(Object.entries({ "1s": 1e6, "1m": 60e6, "5m": 300e6, "15m": 900e6, "1h": 3600e6 }));

/**
 * Return the candle of the newest bar, or the one that a later tick has begun. Bars and ticks come in turns of their
 * own: whichever is ahead, the candle closes at the price of the tick, if that tick belongs to it.
 *
 * @param {Bar} bar the newest
 * @param {Tick} [tick] the newest that is shown
 * @returns {Bar}
 */
export function formingCandle(bar, tick) {
  // Before the bar: a tick of an earlier time, or one that came before the bar's first.
  if (!tick || tick.t < bar.t || tick.q <= bar.q - bar.n) return bar;
  const { p } = tick;
  const length = LENGTHS.get(bar.i);
  const start = length ? Math.floor(tick.t / length) * length : bar.t;
  // What the tick traded is not known until its bar comes.
  if (start > bar.t) return { S: bar.S, i: bar.i, t: start, o: p, h: p, l: p, c: p, n: 1, q: tick.q };
  return { ...bar, h: Math.max(bar.h, p), l: Math.min(bar.l, p), c: p };
}
