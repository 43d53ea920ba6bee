/** The last minutes of a price as a small line, drawn only while it is visible. */

/**
 * @typedef {import("../tickcast.js").Tick} Tick
 * @typedef {import("../tickcast.js").Bar} Bar
 */

/** Most prices that are held, one a second, and how many fill the whole width. */
const HELD = 90;
const FILLS = 30;

/** µs */
const SECOND = 1_000_000;

/**
 * Return the points of the line through prices, x and y from 0 to 1, y downwards. Pure.
 *
 * @param {readonly number[]} prices
 * @param {number} held how many fill the whole width
 */
export function path(prices, held) {
  const low = Math.min(...prices);
  const range = Math.max(...prices) - low;
  const first = held - prices.length;
  return prices.map((each, place) => [
    (first + place) / (held - 1),
    range ? 1 - (each - low) / range : 0.5,
  ]);
}

export class Sparkline {
  /** @type {number[]} */
  #prices = [];
  /** µs; time of the first tick. */
  #since = Infinity;
  #changed = false;
  #colour = "";

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
  }

  /**
   * Add the prices before the first tick.
   *
   * @param {Bar[]} bars of a second each, oldest first; if they were read late, they may overlap the ticks
   */
  begin(bars) {
    const before = bars.filter(({ t }) => t + SECOND <= this.#since).map(({ c }) => c);
    this.#prices = [...before, ...this.#prices].slice(-HELD);
    this.#changed = true;
  }

  /** Forget all prices: the feed has started over. */
  clear() {
    this.#prices = [];
    this.#since = Infinity;
    this.#changed = true;
  }

  /** @param {Tick} tick the newest in this second */
  add({ p, t }) {
    this.#since = Math.min(this.#since, t);
    this.#prices.push(p);
    if (this.#prices.length > HELD) this.#prices.shift();
    this.#changed = true;
  }

  /** @param {string} colour */
  draw(colour) {
    if (!this.#changed && colour === this.#colour) return;
    this.#changed = false;
    this.#colour = colour;
    const { canvas } = this;
    const scale = Math.min(globalThis.devicePixelRatio || 1, 2);
    const [width, height] = [84, 24];
    if (canvas.width !== width * scale) [canvas.width, canvas.height] = [width * scale, height * scale];
    const context = canvas.getContext("2d");
    if (!context) return;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    if (this.#prices.length < 2) return;
    const points = path(this.#prices, Math.max(FILLS, this.#prices.length)).map(([x, y]) => [1 + x * (width - 4), 3 + y * (height - 6)]);
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x, y);
    context.strokeStyle = colour;
    context.lineWidth = 1.25;
    context.lineJoin = "round";
    context.stroke();
    const [x, y] = points[points.length - 1];
    context.beginPath();
    context.arc(x, y, 1.75, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
  }
}
