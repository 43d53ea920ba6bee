/** Calls back when the browser is next about to paint: once, however often it was requested. */

/** ms of a frame where there are none, as in a worker. */
const FRAME = 16;

export class Painter {
  #paint;
  #frame = 0;

  /** @param {() => void} paint */
  constructor(paint) {
    this.#paint = paint;
  }

  /** Paint with the next frame. A hidden tab has none until it is visible again. */
  request() {
    this.#frame ||= requestFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  /** Paint now what waits for a frame. */
  flush() {
    if (!this.#frame) return;
    this.close();
    this.#paint();
  }

  close() {
    if (this.#frame) cancelFrame(this.#frame);
    this.#frame = 0;
  }
}

/** @type {(paint: () => void) => number} */
const requestFrame = (paint) =>
  "requestAnimationFrame" in globalThis ? requestAnimationFrame(paint) : Number(setTimeout(paint, FRAME));

/** @type {(frame: number) => void} */
const cancelFrame = (frame) =>
  "cancelAnimationFrame" in globalThis ? cancelAnimationFrame(frame) : clearTimeout(frame);
