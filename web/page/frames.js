/**
 * When the page draws: once a frame at most, and in a task of its own just after one. What a script draws within a frame
 * is on the screen with that frame; but the chart library draws one frame later. From a task, both are in the next.
 */

export class Frames {
  #draw;
  #frame = 0;
  #timer = 0;
  #channel = new MessageChannel();

  /** @param {(now: number) => void} draw */
  constructor(draw) {
    this.#draw = draw;
    this.#channel.port1.onmessage = () => {
      this.#frame = 0;
      draw(performance.now());
    };
  }

  /** Draw after the next frame, however often it was requested. A hidden tab has none until it is visible again. */
  request() {
    this.#frame ||= requestAnimationFrame(() => this.#channel.port2.postMessage(""));
  }

  /**
   * Draw in some time.
   *
   * @param {number} wait ms
   */
  later(wait) {
    this.#timer ||= setTimeout(() => {
      this.#timer = 0;
      this.request();
    }, wait);
  }

  /** Draw at once. */
  now() {
    this.#draw(performance.now());
  }
}
