/**
 * The columns of the table: what each shows of a symbol, and by which value it sorts. Pure.
 *
 * @typedef {import("../tickcast.js").Tick} Tick
 * @typedef {import("./instruments.js").Instrument} Instrument
 *
 * @typedef {object} Quote what is known of a symbol at one moment
 * @property {string} symbol
 * @property {Tick} [tick] missing: no price yet
 * @property {Instrument} [instrument]
 * @property {number} [seen] most digits after the point of its prices so far
 * @property {Day} [day] missing: not read, or it has none
 * @property {number} [dayRead] when its day was read, ms since the epoch; missing: not yet
 * @property {boolean} [missing] the feed has no such symbol
 * @property {string} [state] that its source reports: `halted`, `closed` and so on; missing: live
 * @property {boolean} [old] the price may be outdated: it has not come again since ticks were lost
 * @property {"up" | "down"} [moved] where the price moved last
 *
 * @typedef {object} Day
 * @property {number} t its start, µs since the epoch
 * @property {number} o open
 * @property {number} h high
 * @property {number} l low
 *
 * @typedef {object} Column
 * @property {string} key also the class of its cells
 * @property {string} title
 * @property {string} [label] for screen readers, if the title is too short
 * @property {(quote: Quote) => string} text
 * @property {(quote: Quote) => number | string | undefined} value by which it sorts
 */

import { NOTHING, abbreviated, certain, dated, decimals, price, signed, size } from "./numbers.js";

/**
 * Return the difference from the reference price; undefined if there is none.
 *
 * @param {Quote} quote
 */
export function changeOf({ tick, instrument }) {
  return tick && instrument?.ref ? tick.p - instrument.ref : undefined;
}

/**
 * Return the change in per cent of the reference price; undefined if there is none.
 *
 * @param {Quote} quote
 */
export function percentOf(quote) {
  const change = changeOf(quote);
  // A price may be below zero: a rise is positive even then.
  return change === undefined || !quote.instrument ? undefined : (change / Math.abs(quote.instrument.ref)) * 100;
}

/**
 * Return the most digits after the point of any price of a quote.
 *
 * @param {Quote} quote
 */
export function digitsIn({ tick, instrument }) {
  return Math.max(...[tick?.p, tick?.bp, tick?.ap, instrument?.ref].map((each) => decimals(each ?? 0)));
}

/**
 * Return the least and the most digits after the point that the prices of a symbol are written with. Prices are not
 * rounded to the tick size: if the source names none, a derived one may be too coarse.
 *
 * @param {Quote} quote
 * @returns {[least: number, most: number]}
 */
export function digitsOf({ instrument, seen = 0 }) {
  const least = instrument ? decimals(instrument.tick) : seen;
  return [least, Math.max(least, seen)];
}

/** @param {Quote} quote */
export function changeText(quote) {
  const change = changeOf(quote);
  return change === undefined ? NOTHING : signed(change, ...digitsOf(quote));
}

/** @param {Quote} quote */
export function percentText(quote) {
  const percent = percentOf(quote);
  return percent === undefined || Number.isNaN(percent) ? NOTHING : `${signed(percent, 2)}%`;
}

/**
 * @param {string} key
 * @param {string} title
 * @param {"p" | "bp" | "ap"} field
 * @returns {Column}
 */
const priced = (key, title, field) => ({
  key,
  title,
  text: (quote) => price(quote.tick?.[field], ...digitsOf(quote)),
  value: ({ tick }) => tick?.[field],
});

/**
 * @param {string} key
 * @param {string} title
 * @param {"bs" | "as" | "v"} field
 * @param {(value: number | undefined) => string} [write]
 * @returns {Column}
 */
const sized = (key, title, field, write = size) => ({
  key,
  title,
  text: ({ tick }) => write(tick?.[field]),
  value: ({ tick }) => tick?.[field],
});

/**
 * @param {string} key
 * @param {string} title
 * @param {string} label
 * @param {(quote: Quote) => number | undefined} value a price, or the difference of two
 * @returns {Column}
 */
const derived = (key, title, label, value) => ({
  key,
  title,
  label,
  text: (quote) => {
    const found = value(quote);
    // The difference of two doubles has digits that nobody sent.
    return found === undefined ? NOTHING : price(certain(found, 12), ...digitsOf(quote));
  },
  value,
});

/** Columns that are shown only if the reader chooses them. */
export const OPTIONAL = new Set(["open", "high", "low", "range", "spread"]);

/** Columns whose numbers are those of the day. */
export const OF_THE_DAY = new Set(["open", "high", "low", "range"]);

/** @type {Column[]} */
export const COLUMNS = [
  { key: "symbol", title: "Symbol", text: ({ symbol }) => symbol, value: ({ symbol }) => symbol },
  {
    key: "name",
    title: "Name",
    text: ({ instrument, missing }) => instrument?.name || (missing ? "not in this feed" : NOTHING),
    value: ({ instrument }) => instrument?.name.toLowerCase(),
  },
  {
    key: "ccy",
    title: "Ccy",
    label: "Ccy, currency",
    text: ({ instrument }) => instrument?.ccy || NOTHING,
    value: ({ instrument }) => instrument?.ccy,
  },
  priced("last", "Last", "p"),
  { key: "change", title: "Change", text: changeText, value: changeOf },
  { key: "percent", title: "%", label: "Change in percent", text: percentText, value: percentOf },
  derived("open", "Open", "Open of the day", ({ day }) => day?.o),
  derived("high", "High", "High of the day", ({ day }) => day?.h),
  derived("low", "Low", "Low of the day", ({ day }) => day?.l),
  derived("range", "Range", "Range of the day", ({ day }) => day && day.h - day.l),
  sized("bid-size", "Bid size", "bs"),
  priced("bid", "Bid", "bp"),
  priced("ask", "Ask", "ap"),
  sized("ask-size", "Ask size", "as"),
  derived("spread", "Spread", "Spread between bid and ask", ({ tick }) =>
    tick?.ap === undefined || tick.bp === undefined ? undefined : tick.ap - tick.bp,
  ),
  sized("volume", "Volume", "v", abbreviated),
  {
    key: "time",
    title: "Time",
    text: ({ tick }) => (tick ? dated(tick.t) : NOTHING),
    value: ({ tick }) => tick?.t,
  },
];
