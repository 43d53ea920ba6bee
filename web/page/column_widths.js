/**
 * How wide the columns are: each as wide as the widest text that it has held, so that no number is cut, and a
 * price that changes costs no layout but that of its own cell.
 */

import { COLUMNS } from "./columns.js";
import { narrowTracks, wideTracks } from "./grid_tracks.js";

/** What a price may be marked with, behind its time. */
const OLD = "00:00:00 old";

/** Columns that may be cut: what is too long is words. */
const CUT = new Set(["name"]);

export class Widths {
  /** @type {import("./grid_tracks.js").Widths} */
  #widths = {};
  /** @type {import("./grid_tracks.js").Widths} */
  #titles = {};
  /** @type {Map<string, number>} characters of the longest text of each column */
  #longest = new Map();
  /** @type {Map<string, Set<string>>} what was measured, or will be, of each column */
  #known = new Map();
  /** @type {Map<string, string[]>} what is to be measured */
  #news = new Map([["time", [OLD]]]);
  /** @type {Map<string, HTMLElement>} where it is measured: cells that are never seen */
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
   * Take note of a text that was written.
   *
   * @param {string} key of its column
   * @param {string} text
   */
  see(key, text) {
    if (CUT.has(key)) return;
    // All digits have one width, so a shorter number is no wider; of letters nobody knows.
    if (key !== "symbol" && text.length < (this.#longest.get(key) ?? 0)) return;
    const shape = key === "symbol" ? text : text.replace(/\d/g, "0");
    const known = this.#known.get(key);
    if (!known || known.has(shape)) return;
    known.add(shape);
    this.#longest.set(key, text.length);
    const news = this.#news.get(key);
    if (news) news.push(shape);
    else this.#news.set(key, [shape]);
  }

  /** Make room for what was written. Before the frame is painted, or it would show half a number. */
  apply() {
    if (!this.#news.size) return;
    const rulers = [...this.#news].map(([key, texts]) => ({ key, texts, ruler: this.#rulers.get(key) }));
    this.#news.clear();
    // First all writing, then all reading: one layout.
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
  }
}

/** @param {HTMLElement} ruler */
function widthOf(ruler) {
  return Math.ceil(ruler.getBoundingClientRect().width);
}
