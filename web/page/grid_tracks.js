/**
 * The tracks of the table's grids, computed from the widths of the columns and the room for the table. Pure.
 *
 * @typedef {Record<string, number>} Widths px of the widest text of each column, by its key
 */

import { COLUMNS } from "./columns.js";

/** px of padding in a cell, and in the first one. As in table.css. */
const PADDING = 12;
const FIRST_PADDING = 20;

/** px of the arrow behind a title that shows the sort order. */
const ARROW = 12;

/** px of the sparkline, of its column, and of the column of the remove button. */
const CANVAS = 84;
const TREND = 96;
const REMOVE = 30;

/** px that a name needs at least to be of use. */
const LEAST_NAME = 56;

/** Columns that are dropped when there is no room, in this order: rather no column than half a number. */
const LESSER = [
  ...["name", "trend", "ask-size", "bid-size", "time", "volume"],
  // Only numbers of twenty characters, or symbols of sixty, take so much room.
  ...["ccy", "percent", "ask", "bid", "change"],
];

/** Most px, or most of the room, that symbols may take; longer ones are cut. */
const LONG_SYMBOL = 200;
const SYMBOLS = 0.2;

/** px between the columns of a narrow screen, and beside them all. As in narrow.css. */
const GAP = 4;
const MARGIN = 24;

/** Scale of the smaller texts there. */
const SMALLER = 12 / 13;

/**
 * Return the tracks of a wide screen, and the columns that are dropped for lack of room.
 *
 * @param {Widths} widths
 * @param {Widths} titles
 * @param {number} room px
 */
export function wideTracks(widths, titles, room) {
  const tracks = new Map(
    COLUMNS.map(({ key }) => [key, Math.max(widths[key] ?? 0, titles[key] + ARROW) + PADDING]),
  );
  const symbol = (tracks.get("symbol") ?? 0) + FIRST_PADDING - PADDING;
  tracks.set("symbol", Math.min(symbol, Math.max(LONG_SYMBOL, Math.ceil(room * SYMBOLS))));
  tracks.set("name", LEAST_NAME).set("trend", TREND).set("remove", REMOVE);
  const dropped = [];
  for (const key of LESSER) {
    if ([...tracks.values()].reduce((sum, width) => sum + width, 0) <= room) break;
    tracks.delete(key);
    dropped.push(key);
  }
  // One column takes the rest of the room.
  const elastic = tracks.has("name") ? "name" : "symbol";
  const columns = [...tracks].map(([key, width]) => (key === elastic ? `minmax(${width}px, 1fr)` : `${width}px`));
  return { columns: columns.join(" "), dropped };
}

/**
 * Return the tracks of a narrow screen, where a row is three lines on six tracks (narrow.css places the cells);
 * whether it is too tight for the sparkline; and whether it is too tight for six tracks, so that a row must be more
 * lines on two.
 *
 * @param {Widths} widths
 * @param {number} room px
 */
export function narrowTracks(widths, room) {
  const normal = (/** @type {string} */ key) => widths[key] ?? 0;
  const small = (/** @type {string} */ key) => Math.ceil(normal(key) * SMALLER);
  const one = small("bid-size");
  const two = Math.max(small("bid"), normal("symbol") - one - GAP);
  const four = small("ask-size");
  const five = Math.max(normal("last") - four - GAP, small("time") - four - GAP, small("ccy"));
  const six = Math.max(normal("change"), normal("percent"), small("volume"));
  const inner = room - MARGIN - 5 * GAP;
  const others = one + two + four + five + six;
  const tight = others + Math.max(CANVAS, small("ask")) > inner;
  const three = tight ? small("ask") : Math.max(CANVAS, small("ask"));
  const stacked = others + three > inner;
  const columns = [one, two, three, four, five, six].map((width) => `minmax(${width}px, ${width}fr)`);
  return { columns: columns.join(" "), tight, stacked };
}
