/** The last seconds of a price as a small line, coloured by its own course. */

/**
 * @typedef {import("../tickcast.js").Tick} Tick
 * @typedef {import("../tickcast.js").Bar} Bar
 */

/** ms that the whole width spans, however many prices there are in them. The header in index.html names it. */
export const SPAN = 90_000;

/** µs */
const SECOND = 1_000_000;

/** ms after which a price is taken to have stood still until the next one, rather than to have moved there steadily. */
const STILL = 1_500;

const [WIDTH, HEIGHT] = [84, 24];

/** @typedef {{at: number, p: number}} Point a price, and when it was seen by the reader's clock, ms since the epoch */

/**
 * Return the points of the line through prices, x and y from 0 to 1, y downwards: x is 1 at `now`, and 0 SPAN before. Pure.
 *
 * @param {readonly Point[]} points oldest first
 * @param {number} now ms since the epoch
 */
export function path(points, now) {
  const low = Math.min(...points.map(({ p }) => p));
  const range = Math.max(...points.map(({ p }) => p)) - low;
  return points.map(({ at, p }) => [
    // The price that the span begins with is older than it.
    Math.min(Math.max((at - now) / SPAN + 1, 0), 1),
    range ? 1 - (p - low) / range : 0.5,
  ]);
}

export class Sparkline {
  /** Counts the changes. */
  version = 0;
  /** The newest tick of it. @type {Tick | undefined} */
  tick;
  /** @type {Point[]} */
  #points = [];

  /**
   * Add the prices before the first one.
   *
   * @param {Bar[]} bars of a second each, oldest first; if they were read late, they may overlap the prices
   * @param {number} ahead ms by which the reader's clock is ahead of their times
   */
  begin(bars, ahead) {
    const points = this.#points;
    const first = points[0]?.at ?? Infinity;
    this.#points = [];
    for (const { t, c } of bars) {
      const at = (t + SECOND) / 1000 + ahead;
      if (at < first) this.#put(at, c);
    }
    for (const { at, p } of points) this.#put(at, p);
    this.version += 1;
  }

  /**
   * Add the price of now. Once a second at least: what lies between two prices is drawn as if it was known.
   *
   * @param {Tick} tick the newest
   * @param {number} now ms since the epoch
   */
  add(tick, now) {
    this.tick = tick;
    this.#put(now, tick.p);
    this.version += 1;
  }

  /** @param {number} at @param {number} p */
  #put(at, p) {
    const points = this.#points;
    const last = points.at(-1);
    if (last && at - last.at > STILL) points.push({ at: at - STILL / 2, p: last.p });
    points.push({ at, p });
    while (points.length > 1 && points[1].at <= at - SPAN) points.shift();
  }

  /** Where the price has gone since the line begins: more than 0 is up. */
  get course() {
    return (this.#points.at(-1)?.p ?? 0) - (this.#points[0]?.p ?? 0);
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {string} colour
   * @param {number} now ms since the epoch
   */
  draw(canvas, colour, now) {
    const scale = Math.min(globalThis.devicePixelRatio || 1, 2);
    if (canvas.width !== WIDTH * scale) [canvas.width, canvas.height] = [WIDTH * scale, HEIGHT * scale];
    const context = canvas.getContext("2d");
    if (!context) return;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, WIDTH, HEIGHT);
    if (this.#points.length < 2) return;
    const points = path(this.#points, now).map(([x, y]) => [
      1 + x * (WIDTH - 4),
      3 + y * (HEIGHT - 6),
    ]);
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
