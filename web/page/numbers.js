/** Formats numbers and times the way a reader of prices expects them. Pure. */

/** @type {Map<number, Intl.NumberFormat>} */
const formats = new Map();
const sizes = new Intl.NumberFormat("en", { maximumFractionDigits: 8 });
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const shortClock = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });
const calendar = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** Most digits after the point: browsers older than 2023 throw for more. */
const MAX_DIGITS = 20;

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Shown in place of a missing value. */
export const NOTHING = "–";

/**
 * Return how many digits after the point a number has; its multiples have no more.
 *
 * @param {number} value
 */
export function decimals(value) {
  // JavaScript writes 0.0000001 as 1e-7.
  const [mantissa, exponent = "0"] = String(value).split("e");
  return Math.min(Math.max(0, (mantissa.split(".")[1] ?? "").length - Number(exponent)), MAX_DIGITS);
}

/**
 * @param {number | undefined} value
 * @param {number} least digits after the point, 0 to 20
 * @param {number} [most] likewise, not less than `least`
 */
export function price(value, least, most = least) {
  if (value === undefined) return NOTHING;
  // The same minus sign as in a difference.
  return (value < 0 ? "−" : "") + format(least, most).format(Math.abs(value));
}

/**
 * Return a difference with its sign; without one if it rounds to zero.
 *
 * @param {number} value
 * @param {number} least digits after the point, 0 to 20
 * @param {number} [most] likewise, not less than `least`
 */
export function signed(value, least, most = least) {
  const text = format(least, most).format(Math.abs(value));
  if (!/[1-9]/.test(text)) return text;
  return (value > 0 ? "+" : "−") + text;
}

/** @param {number | undefined} value */
export function size(value) {
  return value === undefined ? NOTHING : sizes.format(value);
}

/**
 * Return the time of day, in the reader's time zone.
 *
 * @param {number} micros since the epoch
 */
export function time(micros) {
  return clock.format(micros / 1000);
}

/**
 * Return the time of day without seconds, in the reader's time zone.
 *
 * @param {number} micros since the epoch
 */
export function minute(micros) {
  return shortClock.format(micros / 1000);
}

/**
 * Return the day, in the reader's time zone.
 *
 * @param {number} micros since the epoch
 */
export function date(micros) {
  return calendar.format(micros / 1000);
}

/**
 * Return a number of bytes in a fitting unit, in steps of 1,000.
 *
 * @param {number} count
 */
export function bytes(count) {
  let [value, unit] = [count, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${format(unit && value < 99.95 ? 1 : 0).format(value)} ${UNITS[unit]}`;
}

/**
 * @param {number} least
 * @param {number} [most]
 */
function format(least, most = least) {
  const key = least * 100 + most;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.NumberFormat("en", { minimumFractionDigits: least, maximumFractionDigits: most });
    formats.set(key, found);
  }
  return found;
}
