/** Which places of the table are in sight. */

/** Rows that are there beyond the edges of the screen: the browser scrolls before a script can draw. */
const BEYOND = 12;

/** Rows that are there at least, so that a short list is whole, also for a search in the page. */
const LEAST = 60;

/**
 * @typedef {object} Range
 * @property {number} first place in sight
 * @property {number} from first place that has a row
 * @property {number} to place after the last that has one
 */

export class Sight {
  /** Whether the table may have moved on the screen since `range`. */
  moved = true;
  #body;
  #top = 0;

  /**
   * @param {HTMLElement} body of the table
   * @param {() => void} onMove called as the table has moved, before the frame is painted
   */
  constructor(body, onMove) {
    this.#body = body;
    const move = () => {
      this.moved = true;
      onMove();
    };
    addEventListener("scroll", move, { passive: true });
    addEventListener("resize", move);
    // Whatever stands above the table moves it by its height.
    const above = new ResizeObserver(move);
    for (const element of document.querySelectorAll("body > header, main, aside, .tools")) above.observe(element);
  }

  /**
   * Return which places are to have rows.
   *
   * @param {number} count of places
   * @param {number} height of a row, px
   * @returns {Range}
   */
  range(count, height) {
    // Only then: to ask for a place costs a layout.
    if (this.moved) this.#top = this.#body.getBoundingClientRect().top;
    this.moved = false;
    const beyond = Math.max(BEYOND, Math.ceil(innerHeight / height / 2));
    const first = Math.min(Math.max(0, Math.floor(-this.#top / height)), Math.max(0, count - 1));
    const shown = Math.ceil(innerHeight / height) + 1;
    const from = Math.max(0, first - beyond);
    return { first, from, to: Math.min(count, Math.max(first + shown + beyond, from + LEAST)) };
  }
}
