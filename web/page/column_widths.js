/**
 * How wide the columns are: each as wide as the widest text that it has held. So no number is cut, and a price that
 * changes costs only the layout of its own cell.
 */

import { COLUMNS } from "./columns.js";
import { narrowTracks, wideTracks } from "./grid_tracks.js";

/** The longest text of the time column: table.css marks an old price there. */
const LONGEST_TIME = "00:00:00 old";

/** Columns whose texts may be cut: words, not numbers. */
const CUT = new Set(["name"]);

export class ColumnWidths {
  /** @type {import("./grid_tracks.js").Widths} */
  #widths = {};
  /** @type {import("./grid_tracks.js").Widths} */
  #titles = {};
  /** @type {Map<string, number>} characters in the longest text of each column */
  #longest = new Map();
  /** @type {Map<string, Set<string>>} texts of each column that are measured, or about to be */
  #known = new Map();
  /** @type {Map<string, string[]>} texts of each column that are still to be measured */
  #unmeasured = new Map([["time", [LONGEST_TIME]]]);
  /** @type {Map<string, HTMLElement>} invisible cells in which texts are measured */
  #rulers = new Map();
  #table;
  #room = 0;

  /** @param {HTMLElement} table */
  constructor(table) {
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
      this.#rulers.set(key, ruler);
      this.#known.set(key, new Set());
    }
    new ResizeObserver(() => this.#room !== table.clientWidth && this.#lay()).observe(table);
    this.apply();
  }

  /**
   * Add a text that was written into a column.
   *
   * @param {string} key of the column
   * @param {string} text
   */
  add(key, text) {
    if (CUT.has(key)) return;
    // All digits have the same width, so a shorter number is no wider. Letters differ.
    if (key !== "symbol" && text.length < (this.#longest.get(key) ?? 0)) return;
    const shape = key === "symbol" ? text : text.replace(/\d/g, "0");
    const known = this.#known.get(key);
    if (!known || known.has(shape)) return;
    known.add(shape);
    this.#longest.set(key, text.length);
    const unmeasured = this.#unmeasured.get(key);
    if (unmeasured) unmeasured.push(shape);
    else this.#unmeasured.set(key, [shape]);
  }

  /** Make room for the new texts. Call it before the frame is painted, which would show half a number. */
  apply() {
    if (!this.#unmeasured.size) return;
    const rulers = [...this.#unmeasured].map(([key, texts]) => ({ key, texts, ruler: this.#rulers.get(key) }));
    this.#unmeasured.clear();
    // All writes come before all reads, so there is one layout only.
    for (const { ruler, texts } of rulers) ruler?.replaceChildren(texts.join("\n"));
    let wider = false;
    for (const { key, ruler } of rulers) {
      const width = ruler ? widthOf(ruler) : 0;
      if (width <= (this.#widths[key] ?? 0)) continue;
      this.#widths[key] = width;
      wider = true;
    }
    for (const { ruler } of rulers) ruler?.replaceChildren();
    if (wider) this.#lay();
  }

  #lay() {
    this.#room = this.#table.clientWidth;
    const wide = wideTracks(this.#widths, this.#titles, this.#room);
    const narrow = narrowTracks(this.#widths, this.#room);
    this.#table.style.setProperty("--wide", wide.columns);
    this.#table.style.setProperty("--narrow", narrow.columns);
    this.#table.dataset.dropped = wide.dropped.join(" ");
    this.#table.toggleAttribute("data-tight", narrow.tight);
    this.#table.toggleAttribute("data-stacked", narrow.stacked);
  }
}

/** @param {HTMLElement} ruler */
function widthOf(ruler) {
  return Math.ceil(ruler.getBoundingClientRect().width);
}
