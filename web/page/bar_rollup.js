/**
 * Continues the newest bar of a long interval with the bars of a minute that the stream brings: the stream has no bars of
 * five minutes and of an hour, and those of 15 minutes and of a day come a minute late. Pure.
 *
 * A bar counts ticks: it has seen those after `q - n`, up to `q`. So it is always known which of them a minute adds.
 */

import { decimals } from "./numbers.js";

/** @typedef {import("../tickcast.js").Bar} Bar */
/** @typedef {"1s" | "1m" | "5m" | "15m" | "1h" | "1d"} Interval */

/** µs of the intervals that are rolled up, where every start is a multiple of them. A day begins at any minute. */
const LENGTHS = new Map([["5m", 300_000_000], ["15m", 900_000_000], ["1h", 3_600_000_000]]);

/** States of minutes that are remembered: more than a minute has, with one a second. */
const HEARD = 120;

/**
 * Return the intervals of the stream whose bars continue a chart.
 *
 * @param {Interval} interval of the chart
 * @returns {import("../tickcast/types.js").BarInterval[]}
 */
export function followed(interval) {
  if (interval === "1s" || interval === "1m") return [interval];
  return interval === "1d" ? ["1d", "1m"] : ["1m"];
}

export class BarRollup {
  /** Whether ticks are missing between the newest bar and the minutes: read history, and `begin` with it. */
  broken = false;
  #interval;
  /** Whether `begin` has been called since the last `pause`. */
  #ready = false;
  /** @type {Bar | undefined} the newest bar of the long interval */
  #newest;
  /** The minute whose ticks come now: its start, and the newest bar without it; `without` is missing if it has no other.
   * @type {{t: number, without: Bar | undefined} | undefined} */
  #minute;
  /** @type {Bar[]} the newest states of minutes, oldest first */
  #heard = [];

  /** @param {Interval} interval a longer one than a minute */
  constructor(interval) {
    this.#interval = interval;
  }

  /** Remember minutes only, until `begin`: history is being read. */
  pause() {
    this.#ready = false;
  }

  /**
   * Begin with the newest bar of history. Return it with the minutes that came meanwhile in it; undefined: there is none.
   *
   * @param {Bar | undefined} newest
   */
  begin(newest) {
    this.#ready = true;
    this.broken = false;
    this.#newest = newest;
    this.#minute = undefined;
    for (const minute of this.#heard) this.#go(minute);
    return this.#newest;
  }

  /**
   * Take in a bar of the stream. Return the newest bar of the long interval, if that has changed.
   *
   * @param {Bar} bar of a minute, or of the long interval itself
   * @returns {Bar | undefined}
   */
  add(bar) {
    if (bar.i === this.#interval) return this.#replace(bar);
    if (bar.i !== "1m") return undefined;
    this.#heard.push(bar);
    if (this.#heard.length > HEARD) this.#heard.shift();
    return this.#ready ? this.#go(bar) : undefined;
  }

  /** @param {Bar} bar of the long interval */
  #replace(bar) {
    if (!this.#ready || (this.#newest && bar.q <= this.#newest.q)) return undefined;
    this.#newest = bar;
    this.#minute = undefined;
    return bar;
  }

  /** @param {Bar} minute */
  #go(minute) {
    const held = this.#newest;
    if (held && minute.q <= held.q) return undefined;
    const next = this.#next(minute);
    if (next) this.#newest = next;
    else this.broken = true;
    return next;
  }

  /**
   * @param {Bar} minute with ticks that the newest bar does not have
   * @returns {Bar | undefined} undefined if ticks between them are missing
   */
  #next(minute) {
    const held = this.#newest;
    const length = LENGTHS.get(this.#interval);
    const start = length ? minute.t - (minute.t % length) : held?.t;
    if (start === undefined || (held && (start < held.t || minute.t < held.t))) return undefined;
    const before = minute.q - minute.n;
    if (held?.t !== start) {
      // The first ticks of the interval may be in minutes that nobody has told of.
      if (held?.q !== before && minute.t !== start && before) return undefined;
      return this.#joined(undefined, minute, start);
    }
    if (this.#minute?.t === minute.t) return this.#joined(this.#minute.without, minute, start);
    if (held.q === before) return this.#joined(held, minute, start);
    if (held.q - held.n === before) return this.#joined(undefined, minute, start);
    const had = this.#heard.find(({ t, q }) => t === minute.t && q === held.q);
    return had && this.#joined(withoutMinute(held, had), minute, start);
  }

  /**
   * @param {Bar | undefined} without
   * @param {Bar} minute
   * @param {number} t
   */
  #joined(without, minute, t) {
    this.#minute = { t: minute.t, without };
    // A chart has bars of more intervals than a stream.
    const i = /** @type {import("../tickcast/types.js").BarInterval} */ (this.#interval);
    return { ...(without ? joined(without, minute) : minute), i, t };
  }
}

/**
 * @param {Bar} held
 * @param {Bar} minute that follows it
 * @returns {Bar}
 */
function joined(held, minute) {
  const [h, l] = [Math.max(held.h, minute.h), Math.min(held.l, minute.l)];
  return { ...held, h, l, c: minute.c, ...traded(held.v, minute.v, 1), n: held.n + minute.n, q: minute.q };
}

/**
 * Return a bar without the volume and the ticks of its newest minute. Its prices stay: the minute has them too.
 *
 * @param {Bar} held
 * @param {Bar} minute
 * @returns {Bar}
 */
function withoutMinute(held, minute) {
  return { ...held, ...traded(held.v, minute.v, -1), n: held.n - minute.n, q: held.q - minute.n };
}

/**
 * Return the sum of two volumes, or their difference, with the digits of the longer one. A source may report none.
 *
 * @param {number | undefined} held
 * @param {number | undefined} minute
 * @param {1 | -1} sign
 */
function traded(held, minute, sign) {
  const known = held ?? (sign > 0 ? minute : undefined);
  if (held === undefined || minute === undefined) return known === undefined ? {} : { v: known };
  const digits = Math.max(decimals(held), decimals(minute));
  return { v: Number((held + sign * minute).toFixed(digits)) };
}
