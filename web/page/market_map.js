/**
 * The map of the market: a tile for each symbol of the list. Tiles are placed again only when the list or the room
 * changes, and now and then for their turnovers; in between, those are drawn whose look has changed.
 */

import { grid, neighbour, tileAt, treemap } from "./market_tiles.js";
import { isAlike, lookOf, turnoverOf } from "./tile_look.js";
import { TilePainter } from "./tile_painter.js";

/** @typedef {import("./tile_look.js").Look} Look */
/** @typedef {"alike" | "turnover"} Sizes */

/** ms after which tiles are placed again by their turnovers: tiles that move cannot be read. */
const PLACED_AGAIN_AFTER = 60_000;

/** ms of a frame in which tiles are drawn after they were placed, and after how many of them the clock is read. */
const SLICE = 5;
const CHECKED_EVERY = 64;

/** Rest after placing tiles, as a multiple of the time that it took: a list may grow in every frame for a while. */
const REST = 16;

export class MarketMap {
  /** Whether it is in sight. Else nothing is done. */
  shown = false;
  /** @type {readonly string[]} the symbols of the tiles */
  order = [];
  /** @type {readonly string[]} the list that they were placed for */
  #listed = [];
  /** @type {Sizes} */
  #sizes = "alike";
  /** @type {Map<string, number>} the place of each in `order` */
  #places = new Map();
  /** @type {import("./market_tiles.js").Tiles} */
  #tiles = new Int32Array();
  /** @type {Int8Array} size of the text of each tile, as `TilePainter.textSize` returns it */
  #texts = new Int8Array();
  /** @type {(Look | undefined)[]} each tile as it is drawn */
  #looks = [];
  /** Number of tiles that have been drawn since they were placed, of those in `order`. */
  #done = 0;
  /** Whether all of them are drawn out of sight first. */
  #begun = false;
  #placed = -Infinity;
  /** When tiles may be placed again, by `performance.now()`, whether that is waited for, and what it has cost so far, ms. */
  #rested = 0;
  #late = false;
  #cost = 0;
  #width = 0;
  #height = 0;
  #painter;
  #canvas;
  #quotes;
  #onPlaced;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{get(symbol: string): import("./columns.js").Quote | undefined}} quotes
   * @param {(name: string) => string} colour of the theme, by name
   * @param {() => void} onPlaced called once tiles are shown at other places
   */
  constructor(canvas, quotes, colour, onPlaced) {
    this.#canvas = canvas;
    this.#quotes = quotes;
    this.#painter = new TilePainter(canvas, colour);
    this.#onPlaced = onPlaced;
  }

  /** @param {Sizes} sizes of the tiles */
  set sizes(sizes) {
    this.#sizes = sizes;
    this.repaint();
  }

  /** Draw all tiles the next time: places or colours differ. */
  repaint() {
    this.#placed = -Infinity;
  }

  /** Whether there are tiles that have to be drawn in the next frame. */
  get unfinished() {
    return this.shown && (this.#late || this.#drawing);
  }

  /** Whether tiles that were placed are still to be drawn. */
  get #drawing() {
    return this.#done < this.order.length;
  }

  /**
   * Draw what has changed; after tiles were placed, as many of them as there is time for. Return how many were drawn.
   *
   * @param {readonly string[]} order the symbols of the list
   * @param {Iterable<string>} changed symbols whose quotes have changed since the last call
   * @param {number} now ms
   */
  paint(order, changed, now) {
    if (!this.shown) return 0;
    const begun = performance.now();
    const { clientWidth, clientHeight } = this.#canvas;
    const moved = clientWidth !== this.#width || clientHeight !== this.#height || this.#placed === -Infinity;
    const due = now - this.#placed >= (this.#sizes === "alike" ? Infinity : PLACED_AGAIN_AFTER);
    const other = moved || due || (order !== this.#listed && this.#differs(order));
    // The tiles that are being drawn come first, then others.
    this.#late = other && this.#placed !== -Infinity && (this.#drawing || begun < this.#rested);
    if (!this.#late) this.#listed = order;
    if (other && !this.#late) {
      this.#cost = 0;
      // The tiles of a grid have the same places for any symbols.
      if (!moved && this.#sizes === "alike" && order.length === this.order.length) this.#name(order);
      else this.#place(order, clientWidth, clientHeight, now);
    }
    const drawing = this.#drawing;
    const drawn = this.#redraw(changed) + this.#go(begun + SLICE);
    if (!drawing) return drawn;
    const end = performance.now();
    this.#cost += end - begun;
    this.#rested = end + REST * this.#cost;
    return drawn;
  }

  /**
   * Tell whether a list needs other tiles. By turnover, its order does not matter.
   *
   * @param {readonly string[]} order
   */
  #differs(order) {
    if (this.#sizes === "alike" || order.length !== this.order.length) return true;
    return order.some((symbol) => !this.#places.has(symbol));
  }

  /** @param {Iterable<string>} changed */
  #redraw(changed) {
    let drawn = 0;
    for (const symbol of changed) {
      const at = this.#places.get(symbol);
      if (at !== undefined && at < this.#done && this.#draw(at)) drawn += 1;
    }
    return drawn;
  }

  /**
   * @param {readonly string[]} order
   * @param {number} width px
   * @param {number} height px
   * @param {number} now ms
   */
  #place(order, width, height, now) {
    [this.#width, this.#height, this.#placed] = [width, height, now];
    const weights = () => order.map((symbol) => turnoverOf(this.#quotes.get(symbol) ?? { symbol }));
    this.#tiles = this.#sizes === "alike" ? grid(order.length, width, height) : treemap(weights(), width, height);
    this.#looks = new Array(order.length);
    this.#painter.begin(width, height, devicePixelRatio);
    this.#begun = true;
    this.#name(order);
    if (!order.length) this.#finish();
  }

  /** @param {readonly string[]} order the symbols of the tiles as they are placed */
  #name(order) {
    const texts = Int8Array.from(order, (symbol, at) => {
      const text = TilePainter.textSize(symbol, this.#tiles[at * 4 + 2], this.#tiles[at * 4 + 3]);
      // Where another symbol is written, the tile looks otherwise.
      if (text && this.order[at] !== symbol) this.#looks[at] = undefined;
      return text;
    });
    this.order = order;
    this.#texts = texts;
    this.#places = new Map(order.map((symbol, place) => [symbol, place]));
    this.#done = 0;
  }

  /**
   * Draw tiles that have been placed. Return how many were drawn.
   *
   * @param {number} until ms, by `performance.now()`; some are drawn in any case
   */
  #go(until) {
    const count = this.order.length;
    if (this.#done === count) return 0;
    let drawn = 0;
    do {
      const end = Math.min(this.#done + CHECKED_EVERY, count);
      for (; this.#done < end; this.#done += 1) if (this.#draw(this.#done)) drawn += 1;
    } while (this.#done < count && performance.now() < until);
    if (this.#done === count) this.#finish();
    return drawn;
  }

  #finish() {
    if (this.#begun) {
      this.#clearRest();
      this.#painter.finish(devicePixelRatio);
    }
    this.#begun = false;
    this.#onPlaced();
  }

  /** Clear what the last row of a grid leaves. */
  #clearRest() {
    if (!this.order.length) return this.#painter.clear(0, 0, this.#width, this.#height);
    if (this.#sizes === "turnover") return;
    const { x, y, width, height } = this.boxOf(this.order.length - 1);
    this.#painter.clear(x + width, y, this.#width - x - width, height);
  }

  /**
   * Draw a tile, if it looks otherwise than it is drawn. Return whether it did.
   *
   * @param {number} at
   */
  #draw(at) {
    const symbol = this.order[at];
    const text = this.#texts[at];
    const look = lookOf(this.#quotes.get(symbol) ?? { symbol }, text > 0);
    if (isAlike(this.#looks[at], look)) return false;
    this.#looks[at] = look;
    const { x, y, width, height } = this.boxOf(at);
    this.#painter.draw(x, y, width, height, symbol, look, text);
    return true;
  }

  /**
   * Return where a tile is, px.
   *
   * @param {number} at its place
   */
  boxOf(at) {
    const [x, y, width, height] = this.#tiles.subarray(at * 4, at * 4 + 4);
    return { x, y, width, height };
  }

  /** @param {string} symbol */
  placeOf(symbol) {
    return this.#places.get(symbol) ?? -1;
  }

  /**
   * Return the symbol at a place of the canvas; undefined if there is none.
   *
   * @param {number} x px
   * @param {number} y px
   */
  symbolAt(x, y) {
    return this.order[tileAt(this.#tiles, x, y)];
  }

  /**
   * Return the symbol of the next tile in a direction.
   *
   * @param {string} symbol
   * @param {number} right 1, -1 or 0
   * @param {number} down likewise
   */
  beside(symbol, right, down) {
    const at = this.placeOf(symbol);
    return this.order[at < 0 ? 0 : neighbour(this.#tiles, at, right, down)];
  }
}
