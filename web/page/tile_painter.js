/** Draws tiles on a canvas: a colour for the change, a bar at the upper or the lower edge for its direction, and texts. */

import { SHADES } from "./tile_look.js";

/** @typedef {import("./tile_look.js").Look} Look */

/** px of the smallest and of the largest text. */
const [LEAST_TEXT, MOST_TEXT] = [10, 44];

/** Width of a bold capital by its height, and of those that are wider or narrower, in the widest of the usual fonts. */
const LETTER = 0.78;
const WIDTHS = [["W", 1.11], ["M@%", 1], ["DGHNOQU&+", 0.86], ["0123456789", 0.7], ["EFLTZ", 0.7], ["IJ.,:;-/'!|()", 0.47]];
const WIDTH_OF = new Map(WIDTHS.flatMap(([letters, width]) => [...String(letters)].map((each) => [each, Number(width)])));

/** px that a tile needs for a gap beside it, for the bar that shows its direction, and for the marks in its corners. */
const [GAPPED, BARRED, CORNERED] = [4, 3, 4];

/** px between a text and the edges of its tile. */
const MARGIN = 6;

/** px of height of two lines of text, by the size of the first. */
const LINES = 2.3;

/** px of height of the symbol alone, by its size, and the most px that this may have. */
const LINE = 1.3;
const MOST_ALONE = 14;

/** Size of the second line, by that of the first. */
const SECOND = 0.8;

export class TilePainter {
  #shown;
  /** Where tiles are drawn while there are many: the canvas shows the ones before until all are there. */
  #hidden = document.createElement("canvas");
  #context;
  #colour;
  #font = "";
  /** Colours of the shades, from the strongest fall to the strongest rise, and of the rest.
   * @type {string[]} */
  #shades = [];
  #ground = "";
  #gap = "";
  #ink = "";
  #old = "";
  #oldInk = "";
  #edge = "";

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(name: string) => string} colour of the theme, by name
   */
  constructor(canvas, colour) {
    this.#shown = canvas;
    this.#context = contextOf(canvas);
    this.#colour = colour;
  }

  /**
   * Begin to draw all tiles, in a room of this size. `finish` must follow.
   *
   * @param {number} width px
   * @param {number} height px
   * @param {number} ratio of the px of the screen to these
   */
  begin(width, height, ratio) {
    this.#readColours();
    this.#hidden.width = Math.round(width * ratio);
    this.#hidden.height = Math.round(height * ratio);
    const context = (this.#context = contextOf(this.#hidden));
    this.#ready(context, ratio);
    context.fillStyle = this.#gap;
    context.fillRect(0, 0, width, height);
  }

  /**
   * @param {CanvasRenderingContext2D} context of a canvas that has got its size
   * @param {number} ratio
   */
  #ready(context, ratio) {
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.textAlign = "center";
    context.textBaseline = "middle";
  }

  /**
   * Show what was drawn since `begin`; what is drawn from now on is shown at once.
   *
   * @param {number} ratio as for `begin`
   */
  finish(ratio) {
    const { width, height } = this.#hidden;
    if (this.#shown.width !== width) this.#shown.width = width;
    if (this.#shown.height !== height) this.#shown.height = height;
    const context = (this.#context = contextOf(this.#shown));
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.#hidden, 0, 0);
    this.#ready(context, ratio);
  }

  /** Read the colours of the theme: a style is computed for each, too much for every tile. */
  #readColours() {
    const colour = this.#colour;
    this.#font = getComputedStyle(document.body).fontFamily;
    const strengths = Array.from({ length: SHADES }, (_, at) => at + 1);
    const [up, down] = ["up", "down"].map((way) => strengths.map((each) => colour(`--tile-${way}-${each}`)));
    this.#shades = [...down.reverse(), colour("--tile-flat"), ...up];
    [this.#ground, this.#gap, this.#ink, this.#old, this.#oldInk, this.#edge] = [
      ...["--ground", "--tile-gap", "--tile-ink", "--tile-old", "--tile-old-ink", "--tile-edge"],
    ].map(colour);
  }

  /**
   * Draw a place without a tile.
   *
   * @param {number} x px
   * @param {number} y px
   * @param {number} width px
   * @param {number} height px
   */
  clear(x, y, width, height) {
    this.#context.fillStyle = this.#ground;
    this.#context.fillRect(x, y, width, height);
  }

  /**
   * Return the size of the text of a tile, px: below 0, there is room for the symbol alone; 0: for nothing.
   *
   * @param {string} symbol
   * @param {number} width px
   * @param {number} height px
   */
  static textSize(symbol, width, height) {
    // A change of two digits, with its arrow, takes as much as so many letters of a symbol.
    const breadth = breadthOf(symbol);
    const widest = Math.max(breadth, 7 * LETTER);
    const fitting = Math.floor(Math.min((width - MARGIN) / widest, (height - MARGIN) / LINES, MOST_TEXT));
    if (fitting >= LEAST_TEXT) return fitting;
    const alone = Math.floor(Math.min((width - MARGIN) / breadth, (height - MARGIN) / LINE, MOST_ALONE));
    return alone >= LEAST_TEXT ? -alone : 0;
  }

  /**
   * Draw a tile.
   *
   * @param {number} x px
   * @param {number} y px
   * @param {number} width px
   * @param {number} height px
   * @param {string} symbol
   * @param {Look} look
   * @param {number} text size of its text, as `textSize` returns it
   */
  draw(x, y, width, height, symbol, look, text) {
    const context = this.#context;
    const gap = Math.min(width, height) >= GAPPED ? 1 : 0;
    const [wide, high] = [width - gap, height - gap];
    context.fillStyle = look.old ? this.#old : this.#shades[look.shade + SHADES];
    context.fillRect(x, y, wide, high);
    if (look.shade && !look.old && high >= BARRED) this.#drawBar(x, y, wide, high, look.shade);
    if (look.source && Math.min(wide, high) >= CORNERED) this.#drawCorner(x + wide, y, Math.min(8, Math.max(2, high / 3)));
    if (look.halted && Math.min(wide, high) >= CORNERED) this.#drawDot(x, y + high, Math.min(6, Math.max(2, high / 3)));
    if (text) this.#write(x + wide / 2, y + high / 2, symbol, look, text);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   * @param {number} shade
   */
  #drawBar(x, y, width, height, shade) {
    const thick = Math.min(Math.max(1, Math.floor(height / 10)), 4);
    this.#context.fillStyle = this.#edge;
    this.#context.fillRect(x, shade > 0 ? y : y + height - thick, width, thick);
  }

  /**
   * Mark a price that is not real.
   *
   * @param {number} right
   * @param {number} top
   * @param {number} side
   */
  #drawCorner(right, top, side) {
    const context = this.#context;
    context.fillStyle = this.#gap;
    context.beginPath();
    context.moveTo(right - side, top);
    context.lineTo(right, top);
    context.lineTo(right, top + side);
    context.fill();
  }

  /**
   * Mark a symbol that is not live.
   *
   * @param {number} left
   * @param {number} bottom
   * @param {number} side
   */
  #drawDot(left, bottom, side) {
    this.#context.fillStyle = this.#ink;
    this.#context.fillRect(left, bottom - side, side, side);
  }

  /**
   * @param {number} x of the middle
   * @param {number} y of the middle
   * @param {string} symbol
   * @param {Look} look
   * @param {number} text
   */
  #write(x, y, symbol, look, text) {
    const context = this.#context;
    context.fillStyle = look.old ? this.#oldInk : this.#ink;
    context.font = `650 ${Math.abs(text)}px ${this.#font}`;
    if (text < 0) return context.fillText(symbol, x, y);
    context.fillText(symbol, x, y - text * 0.5);
    context.font = `500 ${Math.round(text * SECOND)}px ${this.#font}`;
    context.fillText(look.text, x, y + text * 0.6);
  }
}

/**
 * Return the width of a symbol, by its height.
 *
 * @param {string} symbol
 */
function breadthOf(symbol) {
  let sum = 0;
  for (const each of symbol) sum += WIDTH_OF.get(each) ?? LETTER;
  return sum;
}

/** @param {HTMLCanvasElement} canvas */
function contextOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
}
