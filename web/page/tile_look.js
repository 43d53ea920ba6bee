/** What a tile of the map shows of a symbol, and what is said of it. Pure. */

import { changeText, percentOf, percentText, digitsOf } from "./columns.js";
import { dated, price, size } from "./numbers.js";
import { symbolLabel } from "./source_label.js";
import { besides, meaningOf } from "./symbol_state.js";

/** @typedef {import("./columns.js").Quote} Quote */

/** Per cent of a change from which a tile has the next stronger shade; the first are those that are not written as 0. */
const STEPS = [0.005, 0.5, 1, 2];

/** Shades of a direction. */
export const SHADES = STEPS.length;

/**
 * @typedef {object} Look
 * @property {number} shade of the day's change: 0 none, 1 to SHADES up, -1 to -SHADES down
 * @property {string} text the change, or why there is no trading; empty: there is no room for it
 * @property {string} source a short label; empty: the price is real
 * @property {boolean} halted it is not live
 * @property {boolean} old the price may be outdated
 */

/**
 * Return the look of a tile.
 *
 * @param {Quote} quote
 * @param {boolean} written whether the tile has room for its text
 * @returns {Look}
 */
export function lookOf(quote, written) {
  const percent = percentOf(quote) ?? 0;
  const strong = STEPS.filter((step) => Math.abs(percent) >= step).length;
  const source = symbolLabel(quote.tick?.src)?.short ?? "";
  const shade = Math.sign(percent) * strong || 0;
  const look = { shade, source, halted: meaningOf(quote.state) !== "", old: Boolean(quote.old) };
  return { ...look, text: written ? secondLine(quote, shade) : "" };
}

/**
 * @param {Quote} quote
 * @param {number} shade
 */
function secondLine(quote, shade) {
  if (quote.old) return "old";
  // What a closed market has done all day is of interest still.
  if (meaningOf(quote.state) && quote.state !== "closed") return quote.state ?? "";
  return (shade ? (shade > 0 ? "▲ " : "▼ ") : "") + percentText(quote);
}

/**
 * Tell whether two tiles look alike: then there is nothing to draw.
 *
 * @param {Look | undefined} one
 * @param {Look} other
 */
export function isAlike(one, other) {
  const keys = /** @type {const} */ (["shade", "text", "old", "source", "halted"]);
  return one !== undefined && keys.every((key) => one[key] === other[key]);
}

/**
 * Return what is traded of a symbol in a day, in its currency; 0 if that is not known.
 *
 * @param {Quote} quote
 */
export function turnoverOf({ tick }) {
  return (tick?.v ?? 0) * Math.abs(tick?.p ?? 0);
}

/**
 * Return a quote in lines, for the reader who points at a tile: its symbol first.
 *
 * @param {Quote} quote
 * @returns {string[]}
 */
export function linesOf(quote) {
  const { symbol, instrument, tick } = quote;
  const name = instrument?.name ?? "";
  const { words } = besides(quote);
  if (!tick) return [symbol, name, "No price yet", words];
  const digits = digitsOf(quote);
  const last = `${price(tick.p, ...digits)} ${instrument?.ccy ?? ""}`.trim();
  const sides = tick.bp === undefined && tick.ap === undefined ? "" : `Bid ${price(tick.bp, ...digits)}, ask ${price(tick.ap, ...digits)}`;
  const traded = tick.v === undefined ? "" : `Volume ${size(tick.v)}`;
  const state = [quote.old ? "old" : "", words].filter(Boolean).join(", ");
  return [symbol, name, last, `${changeText(quote)} (${percentText(quote)})`, sides, traded, dated(tick.t), state];
}

/**
 * Return a quote as a sentence, for screen readers.
 *
 * @param {Quote} quote
 */
export function sentenceOf(quote) {
  return linesOf(quote).filter(Boolean).join(", ");
}
