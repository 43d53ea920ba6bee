/**
 * How wide the columns are, and how high the rows. A column is as wide as its widest text so far, with room for a
 * number of more digits: so no number is cut, a price that changes costs only the layout of its own cell, and nothing
 * jumps when a price changes its length.
 */

import { ColumnRoom } from "./column_room.js";
import { COLUMNS } from "./columns.js";
import { HEIGHTS, narrowTracks, wideTracks } from "./grid_tracks.js";

/** The longest text of the time column: table.css marks an old price there. */
const LONGEST_TIME = "00:00:00 old";

/** Digits that a number may grow by before its column does: two, or one and the comma that it brings; where there is
 * little room one; none where there is less. */
const GROWTHS = { roomy: 2, snug: 1, bare: 0 };

/** Columns of words, which grow by no digit. */
const WORDS = new Set(["symbol", "name", "ccy", "time"]);

/** Screens for which narrow.css makes a row several lines. */
const NARROW = "(max-width: 900px)";

export class TableLayout {
  /** px of a row. */
  height = HEIGHTS.wide;
  #roomy = new ColumnRoom(GROWTHS.roomy);
  #snug = new ColumnRoom(GROWTHS.snug);
  #bare = new ColumnRoom(GROWTHS.bare);
  /** @type {import("./grid_tracks.js").Widths} */
  #titles = {};
  /** @type {import("./grid_tracks.js").Widths} px of a digit of each column */
  #digit = {};
  /** @type {Map<string, number>} characters of the longest text */
  #longest = new Map();
  /** @type {Map<string, Set<string>>} texts of each column that are still to be measured */
  #unmeasured = new Map([["time", new Set([LONGEST_TIME])]]);
  /** @type {Map<string, HTMLElement>} invisible cells in which texts are measured */
  #rulers = new Map();
  /** Whether a symbol wider than all before has come. */
  #widened = false;
  #narrow = matchMedia(NARROW);
  #table;
  #choice;
  #pen;
  #onHeight;
  #laidFor = 0;

  /**
   * @param {HTMLElement} table
   * @param {import("./column_choice.js").ColumnChoice} choice
   * @param {() => void} onHeight called when the rows have another height
   */
  constructor(table, choice, onHeight) {
    this.#choice = choice;
    this.#table = table;
    const foot = document.createElement("tfoot");
    foot.setAttribute("aria-hidden", "true");
    table.append(foot);
    for (const { key, title } of COLUMNS) {
      const ruler = foot.appendChild(document.createElement("td"));
      ruler.className = "title";
      ruler.textContent = title;
      this.#titles[key] = widthOf(ruler);
      ruler.className = key;
      ruler.textContent = "";
      const empty = widthOf(ruler);
      ruler.textContent = "00";
      this.#digit[key] = WORDS.has(key) ? 0 : (widthOf(ruler) - empty) / 2;
      this.#rulers.set(key, ruler);
    }
    this.#pen = penLike(/** @type {HTMLElement} */ (this.#rulers.get("symbol")));
    this.#onHeight = () => {};
    this.apply();
    this.#onHeight = onHeight;
    new ResizeObserver(() => this.#laidFor !== table.clientWidth && this.#lay()).observe(table);
    this.#narrow.addEventListener("change", () => this.#lay());
  }

  /**
   * Make room for a text in a column, with the next `apply`.
   *
   * @param {string} key of the column
   * @param {string} text
   */
  add(key, text) {
    if (key === "symbol") return this.#addSymbol(text);
    const words = WORDS.has(key);
    // All digits have the same width, so a shorter number is no wider.
    if (!words && text.length < (this.#longest.get(key) ?? 0)) return;
    const shape = words ? text : text.replace(/\d/g, "0");
    const unmeasured = this.#unmeasured.get(key);
    if (unmeasured) unmeasured.add(shape);
    else this.#unmeasured.set(key, new Set([shape]));
  }

  /**
   * There may be thousands of symbols, each of another width: they are measured without a layout.
   *
   * @param {string} text
   */
  #addSymbol(text) {
    const width = Math.ceil(this.#pen.measureText(text).width) + 1;
    if (width <= (this.#bare.widths.symbol ?? 0)) return;
    for (const room of this.#rooms) room.widths.symbol = width;
    this.#widened = true;
  }

  /** Make room for the new texts. Call it before the frame is painted, which would show half a number. */
  apply() {
    if (!this.#unmeasured.size && !this.#widened) return;
    let wider = this.#widened;
    this.#widened = false;
    const rulers = [...this.#unmeasured].map(([key, texts]) => ({ key, texts, ruler: this.#rulers.get(key) }));
    this.#unmeasured.clear();
    // All writes come before all reads, so there is one layout only.
    for (const { ruler, texts } of rulers) ruler?.replaceChildren([...texts].join("\n"));
    for (const { key, texts, ruler } of rulers) {
      const width = ruler ? widthOf(ruler) : 0;
      const length = Math.max(...[...texts].map((each) => each.length));
      this.#longest.set(key, Math.max(this.#longest.get(key) ?? 0, length));
      if (width <= (this.#bare.widths[key] ?? 0)) continue;
      wider = true;
      for (const room of this.#rooms) room.fit(key, length, width, this.#digit[key] ?? 0);
    }
    for (const { ruler } of rulers) ruler?.replaceChildren();
    if (wider) this.#lay();
  }

  get #rooms() {
    return [this.#roomy, this.#snug, this.#bare];
  }

  /**
   * Return the first tracks that are not tight, else the last ones.
   *
   * @template {{tight: boolean}} T
   * @param {ColumnRoom[]} rooms
   * @param {(widths: import("./grid_tracks.js").Widths) => T} tracksOf
   */
  #fitting([first, ...others], tracksOf) {
    let tracks = tracksOf(first.widths);
    for (const { widths } of others) if (tracks.tight) tracks = tracksOf(widths);
    return tracks;
  }

  /** Lay the columns that the reader wants. */
  rearrange() {
    this.#lay();
  }

  #lay() {
    const room = (this.#laidFor = this.#table.clientWidth);
    // Rather a column that grows than one that is missing, or names that nobody can read.
    const wide = this.#fitting([this.#roomy, this.#snug], (widths) =>
      wideTracks(widths, this.#titles, room, this.#choice.hidden),
    );
    const narrow = this.#fitting([this.#roomy, this.#bare], (widths) => narrowTracks(widths, room));
    const height = HEIGHTS[this.#narrow.matches ? (narrow.stacked ? "stacked" : "narrow") : "wide"];
    this.#table.style.setProperty("--wide", wide.columns);
    this.#table.style.setProperty("--narrow", narrow.columns);
    this.#table.style.setProperty("--row", `${height}px`);
    this.#table.dataset.dropped = wide.dropped.join(" ");
    this.#table.dataset.hidden = [...this.#choice.hidden].join(" ");
    this.#table.toggleAttribute("data-tight", narrow.tight);
    this.#table.dataset.labels = narrow.labels;
    this.#table.toggleAttribute("data-stacked", narrow.stacked);
    if (height === this.height) return;
    this.height = height;
    this.#onHeight();
  }
}

/** @param {HTMLElement} ruler */
function widthOf(ruler) {
  return Math.ceil(ruler.getBoundingClientRect().width);
}

/**
 * Return what measures texts in the font of an element.
 *
 * @param {HTMLElement} element
 */
function penLike(element) {
  const { fontWeight, fontSize, fontFamily } = getComputedStyle(element);
  const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  pen.font = `${fontWeight} ${fontSize} ${fontFamily}`;
  return pen;
}
