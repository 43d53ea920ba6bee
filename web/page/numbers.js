/** Formats numbers and times the way a reader of prices expects them. Pure. */

/** @type {Map<number, Intl.NumberFormat>} */
const formats = new Map();
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const shortClock = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });
const calendar = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

const longCalendar = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** Most digits after the point: browsers older than 2023 throw for more. */
const MAX_DIGITS = 20;

/** Significant digits that a double keeps of any number: the digits after them may be others than were sent. */
const CERTAIN = 15;

/** Significant digits of a very long difference. */
const ROUGH = 6;

/** Most characters of a number, without its sign. All certain digits of a number from 1 to 1e15 fit. */
const LONGEST = 20;

/** Numbers from here on are abbreviated, and the letters of thousands, millions and so on. */
const ABBREVIATED = 10_000;
const LETTERS = ["k", "M", "B", "T"];

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Shown in place of a missing value. */
export const NOTHING = "–";

/**
 * Return a number without the digits that nobody may have sent.
 *
 * @param {number} value
 * @param {number} [digits] significant digits that are kept
 */
export function certain(value, digits = CERTAIN) {
  const rounded = Number(value.toPrecision(digits));
  // The largest double would be rounded up to no double.
  return Number.isFinite(rounded) ? rounded : value;
}

/**
 * Return how many digits after the point a number has; its multiples have no more.
 *
 * @param {number} value
 */
export function decimals(value) {
  // JavaScript writes 0.0000001 as 1e-7.
  const [mantissa, exponent = "0"] = String(certain(value)).split("e");
  return Math.min(Math.max(0, (mantissa.split(".")[1] ?? "").length - Number(exponent)), MAX_DIGITS);
}

/**
 * Return a number as it was sent: with an exponent if it is very long, and marked if not all of its digits are shown.
 *
 * @param {number | undefined} value
 * @param {number} least digits after the point, 0 to 20
 * @param {number} [most] likewise, not less than `least`
 */
export function price(value, least, most = least) {
  if (value === undefined) return NOTHING;
  const about = Number.isFinite(value) && certain(value) !== value ? "≈" : "";
  // The same minus sign as in a difference.
  return about + (value < 0 ? "−" : "") + short(Math.abs(value), least, most);
}

/**
 * Return a difference with its sign; without one if it rounds to zero. NOTHING if it is no number.
 *
 * @param {number} value
 * @param {number} least digits after the point, 0 to 20
 * @param {number} [most] likewise, not less than `least`
 */
export function signed(value, least, most = least) {
  if (Number.isNaN(value)) return NOTHING;
  const text = short(Math.abs(value), least, most, ROUGH);
  if (!/[1-9∞]/.test(text)) return text;
  return (value > 0 ? "+" : "−") + text;
}

/** @param {number | undefined} value */
export function size(value) {
  return value === undefined ? NOTHING : price(value, 0, decimals(value));
}

/**
 * Return a large number with three digits and a letter: 1.23M. Smaller ones are written in full.
 *
 * @param {number | undefined} value
 */
export function abbreviated(value) {
  if (value === undefined || Math.abs(value) < ABBREVIATED || !Number.isFinite(value)) return size(value);
  // Rounded first: 999,950 is 1.00M, not 1,000k.
  const rounded = Number(value.toPrecision(3));
  const step = LETTERS.findLastIndex((_, each) => Math.abs(rounded) >= 1000 ** (each + 1));
  const scaled = rounded / 1000 ** (step + 1);
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(scaled))));
  return scaled >= 1000 ? size(value) : `${price(scaled, digits)}${LETTERS[step]}`;
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
 * Return the time, with the day if it is not today.
 *
 * @param {number} micros since the epoch
 */
export function dated(micros) {
  if (isToday(micros)) return time(micros);
  const isOfThisYear = new Date(micros / 1000).getFullYear() === new Date().getFullYear();
  return `${(isOfThisYear ? calendar : longCalendar).format(micros / 1000)} ${time(micros)}`;
}

/** ms since the epoch; the begin and the end of the reader's today. */
let [midnight, nextMidnight] = [0, 0];

/**
 * Tell whether a time is today, in the reader's time zone.
 *
 * @param {number} micros since the epoch
 */
export function isToday(micros) {
  const now = Date.now();
  if (now < midnight || now >= nextMidnight) {
    midnight = new Date(now).setHours(0, 0, 0, 0);
    // A day may have 23 hours, or 25.
    nextMidnight = new Date(midnight + 36 * 3600 * 1000).setHours(0, 0, 0, 0);
  }
  return micros / 1000 >= midnight && micros / 1000 < nextMidnight;
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
 * @param {number} value not negative
 * @param {number} least
 * @param {number} most
 * @param {number} [digits] significant digits that are written with an exponent
 */
function short(value, least, most, digits = CERTAIN) {
  const held = certain(value);
  for (const padded of [least, 0]) {
    const text = format(padded, most).format(held);
    // With as many digits as can be written, what looks like zero is a very small number.
    const vanishes = held > 0 && most === MAX_DIGITS && !/[1-9∞]/.test(text);
    if (text.length <= LONGEST && !vanishes) return text;
  }
  return certain(held, digits).toExponential().replace("e+", "e").replace("e-", "e−");
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
