/**
 * The tracks of the table's grids, computed from the widths of the columns and the room for the table. Pure.
 *
 * @typedef {Record<string, number>} Widths px of the widest text of each column, by its key
 */

import { COLUMNS, OPTIONAL } from "./columns.js";

/** px of a row: on a wide screen, on a narrow one, and there with numbers too long for six tracks. As in narrow.css. */
export const HEIGHTS = { wide: 35, narrow: 75, stacked: 152 };

/** px of padding in a cell, and in the first one. As in table.css. */
const PADDING = 12;
const FIRST_PADDING = 20;

/** px of the arrow behind a title that shows the sort order. */
const ARROW = 12;

/** px of the sparkline, of its column, and of the column of the remove button. */
const CANVAS = 84;
const TREND = 96;
const REMOVE = 30;

/** px that a name needs at least to be of use, and for most to be read. */
const LEAST_NAME = 56;
const GOOD_NAME = 120;

/** Columns that are dropped when there is no room, in this order: rather no column than half a number. */
const LESSER = [
  ...["trend", "name", "ask-size", "bid-size", "time", "volume", "range", "open", "spread", "low", "high"],
  // Only numbers of twenty characters, or symbols of sixty, take so much room.
  ...["ccy", "percent", "ask", "bid", "change"],
];

/** Most px, or most of the room, that symbols may take; longer ones are cut. */
const LONG_SYMBOL = 200;
const SYMBOLS = 0.2;

/** Most of the room that symbols may take on a narrow screen, where a row has little else in its first line. */
const NARROW_SYMBOLS = 0.4;

/** px between the columns of a narrow screen, and beside them all. As in narrow.css. */
const GAP = 4;
const MARGIN = 24;

/** px of the words before bid and ask there, and of their first letters. */
const WORD = 26;
const LETTER = 12;

/** Scale of the smaller texts there. */
const SMALLER = 12 / 13;

/**
 * Return the tracks of a wide screen; the columns that are not among them: not wanted, or dropped for lack of room; and
 * whether it is tight: names are cut, or something more than the sparkline is dropped.
 *
 * @param {Widths} widths
 * @param {Widths} titles
 * @param {number} room px
 * @param {ReadonlySet<string>} [hidden] columns that the reader does not want
 */
export function wideTracks(widths, titles, room, hidden = OPTIONAL) {
  const tracks = new Map(
    COLUMNS.map(({ key }) => [key, Math.max(widths[key] ?? 0, titles[key] + ARROW) + PADDING]),
  );
  const symbol = (tracks.get("symbol") ?? 0) + FIRST_PADDING - PADDING;
  tracks.set("symbol", Math.min(symbol, Math.max(LONG_SYMBOL, Math.ceil(room * SYMBOLS))));
  tracks.set("name", LEAST_NAME).set("trend", TREND).set("remove", REMOVE);
  const dropped = [...hidden];
  for (const key of hidden) tracks.delete(key);
  for (const key of LESSER) {
    if (!tracks.has(key)) continue;
    // Rather a name that can be read than a sparkline.
    const wanted = key === "trend" && tracks.has("name") ? GOOD_NAME - LEAST_NAME : 0;
    if (sumOf(tracks.values()) + wanted <= room) continue;
    tracks.delete(key);
    dropped.push(key);
  }
  // One column takes the rest of the room.
  const elastic = tracks.has("name") ? "name" : "symbol";
  const columns = [...tracks].map(([key, width]) => (key === elastic ? `minmax(${width}px, 1fr)` : `${width}px`));
  const rest = room - sumOf(tracks.values());
  const cut = tracks.has("name") && rest < GOOD_NAME - LEAST_NAME;
  const tight = cut || dropped.some((key) => key !== "trend" && !hidden.has(key));
  return { columns: columns.join(" "), dropped, tight };
}

/** @param {Iterable<number>} widths */
function sumOf(widths) {
  return [...widths].reduce((sum, width) => sum + width, 0);
}

/**
 * Return the tracks of a narrow screen, where a row is three lines on six tracks (narrow.css places the cells);
 * how bid and ask are labelled; whether it is too tight for the sparkline; and whether it is too tight for six
 * tracks, so that a row must be more lines on two.
 *
 * @param {Widths} widths
 * @param {number} room px
 */
export function narrowTracks(widths, room) {
  const inner = room - MARGIN - 5 * GAP;
  let tracks = sixTracks(widths, room, WORD, CANVAS);
  const fits = () => sumOf(tracks) <= inner;
  const tight = !fits();
  // The sparkline goes first, then the words, and the letters last.
  let labels = "words";
  if (tight) tracks = sixTracks(widths, room, WORD, 0);
  if (!fits()) [tracks, labels] = [sixTracks(widths, room, LETTER, 0), "letters"];
  if (!fits()) [tracks, labels] = [sixTracks(widths, room, 0, 0), ""];
  const stacked = !fits();
  const columns = tracks.map((width) => `minmax(${width}px, ${width}fr)`);
  return { columns: columns.join(" "), tight, labels: stacked ? stackedLabels(widths, room) : labels, stacked };
}

/**
 * Return how bid and ask are labelled where each takes half of a line.
 *
 * @param {Widths} widths
 * @param {number} room px
 */
function stackedLabels(widths, room) {
  const half = (room - MARGIN - GAP) / 2;
  const longest = Math.ceil(Math.max(widths.bid ?? 0, widths.ask ?? 0) * SMALLER);
  if (longest + WORD <= half) return "words";
  return longest + LETTER <= half ? "letters" : "";
}

/**
 * @param {Widths} widths
 * @param {number} room px
 * @param {number} label px of the words before bid and ask
 * @param {number} canvas px of the sparkline
 */
function sixTracks(widths, room, label, canvas) {
  const normal = (/** @type {string} */ key) =>
    key === "symbol" ? Math.min(widths[key] ?? 0, Math.floor(room * NARROW_SYMBOLS)) : (widths[key] ?? 0);
  const small = (/** @type {string} */ key) => Math.ceil(normal(key) * SMALLER);
  const one = small("bid-size");
  const two = Math.max(small("bid") + label, normal("symbol") - one - GAP);
  const three = Math.max(canvas, small("ask") + label);
  const four = small("ask-size");
  const five = Math.max(normal("last") - four - GAP, small("time") - four - GAP, small("ccy"));
  const six = Math.max(normal("change"), normal("percent"), small("volume"));
  return [one, two, three, four, five, six];
}
