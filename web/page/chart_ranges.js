/** The ranges of time that a chart may show: which there is data for, and which bars each begins with. */

import { readBars } from "./bar_history.js";

/** @typedef {import("../tickcast.js").Bar} Bar */
/** @typedef {import("./bar_rollup.js").Interval} Interval */
/** @typedef {"1H" | "1D" | "5D" | "1Y"} Range */

/** Seconds of a day, µs. */
const DAY = 86_400_000_000;

/** Days of a range that counts those with bars: on a Monday, five days are not three. */
const DAYS = 5;

/**
 * For each range: the interval of its candles, µs that it goes back (0: to the fifth day that has bars), and the bars
 * without which it would show no more than the range before it.
 *
 * @type {Record<Range, {interval: Interval, back: number, needs: [Interval, number]}>}
 */
export const RANGES = {
  "1H": { interval: "1m", back: DAY / 24, needs: ["1m", 15] },
  "1D": { interval: "5m", back: DAY, needs: ["15m", 5] },
  "5D": { interval: "15m", back: 0, needs: ["1d", 2] },
  "1Y": { interval: "1d", back: 365 * DAY, needs: ["1d", 6] },
};

/**
 * Return the ranges that there is data for; undefined if that could not be read.
 *
 * @param {string} symbol
 * @returns {Promise<Set<Range> | undefined>}
 */
export async function rangesWithData(symbol) {
  const most = Math.max(...Object.values(RANGES).map(({ needs }) => needs[1]));
  const intervals = [...new Set(Object.values(RANGES).map(({ needs }) => needs[0]))];
  const found = await Promise.all(intervals.map((interval) => readBars(symbol, interval, most)));
  if (found.includes(undefined)) return undefined;
  const counts = new Map(intervals.map((interval, at) => [interval, found[at]?.length ?? 0]));
  const names = /** @type {Range[]} */ (Object.keys(RANGES));
  return new Set(names.filter((name) => (counts.get(RANGES[name].needs[0]) ?? 0) >= RANGES[name].needs[1]));
}

/**
 * Return the place of the first bar of a range that ends with the newest bar.
 *
 * @param {Bar[]} bars oldest first
 * @param {Range} range
 */
export function firstOf(bars, range) {
  const { back } = RANGES[range];
  const newest = bars.at(-1)?.t ?? 0;
  if (back) return bars.findIndex(({ t }) => t > newest - back);
  const days = [...new Set(bars.map(dayOf))].slice(-DAYS);
  return bars.findIndex((bar) => dayOf(bar) === days[0]);
}

/** @param {Bar} bar */
function dayOf({ t }) {
  return Math.floor(t / DAY);
}
