/** How the times of a chart are written: those of the reader's clock, and of days the date of their own session. Pure. */

import { date, minute, time } from "./numbers.js";

/** @typedef {import("./bar_rollup.js").Interval} Interval */

/** Kinds of marks of the library's time axis up to this one begin a year, a month or a day. */
const DAY_MARK = 2;

/** Intervals of which a screen has several days: there, the time of day says little without them. */
const SEVERAL_DAYS = new Set(["5m", "15m", "1h"]);

const [DAY, MONTH, YEAR] = [{ day: "numeric", month: "short" }, { month: "short" }, { year: "numeric" }];

/**
 * Return the text of a mark of the time axis.
 *
 * @param {number} at seconds since the epoch
 * @param {number} kind of the mark
 * @param {Interval} interval
 * @param {string} [zone] time zone of the instrument
 */
export function axisText(at, kind, interval, zone) {
  if (interval === "1d") return dayText(at, zone, kind === 0 ? YEAR : kind === 1 ? MONTH : DAY);
  if (kind <= DAY_MARK && SEVERAL_DAYS.has(interval)) return date(at * 1e6);
  return interval === "1s" ? time(at * 1e6) : minute(at * 1e6);
}

/**
 * Return when a bar began, in full.
 *
 * @param {number} at seconds since the epoch
 * @param {Interval} interval
 * @param {string} [zone] time zone of the instrument
 */
export function fullText(at, interval, zone) {
  if (interval === "1d") return dayText(at, zone, { ...DAY, ...YEAR });
  return `${date(at * 1e6)} ${interval === "1s" ? time(at * 1e6) : minute(at * 1e6)}`;
}

/**
 * @param {number} at
 * @param {string} zone of the instrument: a reader elsewhere must not see the day before
 * @param {Record<string, string>} parts
 */
function dayText(at, zone = "UTC", parts) {
  const write = (/** @type {string} */ timeZone) => new Intl.DateTimeFormat("en-GB", { ...parts, timeZone }).format(at * 1000);
  try {
    return write(zone);
  } catch {
    // A zone that cannot be read has days from midnight to midnight UTC.
    return write("UTC");
  }
}
