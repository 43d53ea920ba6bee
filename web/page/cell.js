/** A cell of the table: one text, written only when it changes, and a flash when its price moves. */

/** ms between two flashes of a cell: under the three a second that may harm a viewer. */
const FLASH_EVERY = 400;

/** ms that one lasts. It does not fade: that would be a paint in every frame, of hundreds of cells. */
export const FLASH_LASTS = 300;

const reduced = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");

export class Cell {
  #text;
  #flashed = -FLASH_EVERY;

  /**
   * @param {HTMLElement} element
   * @param {Node} [holder] what the text goes into; the element itself, if nothing inside it
   */
  constructor(element, holder = element) {
    this.element = element;
    // A text node of its own: setting `textContent` would throw one away each time.
    this.#text = /** @type {Text} */ (holder.appendChild(document.createTextNode("")));
  }

  /**
   * Write a text; tell whether it is another one than before.
   *
   * @param {string} text
   */
  write(text) {
    // Writing the same text again would still cost a layout.
    if (this.#text.data === text) return false;
    this.#text.data = text;
    return true;
  }

  /**
   * Mark a move of the price, unless the last one is too recent or the reader wants no motion. Tell
   * whether it was marked; whoever asked for it ends it with `calm`. A flash that the price has since
   * turned against ends at once.
   *
   * @param {boolean} up
   * @param {number} now ms
   */
  flash(up, now) {
    const way = up ? "up" : "down";
    if (reduced?.matches || now - this.#flashed < FLASH_EVERY) {
      if (this.element.dataset.flash !== way) this.calm();
      return false;
    }
    this.#flashed = now;
    this.element.dataset.flash = way;
    return true;
  }

  /** End a flash. */
  calm() {
    delete this.element.dataset.flash;
  }
}

/**
 * Set a data attribute to the direction of `value`: up, down, or nothing.
 *
 * @param {HTMLElement} element
 * @param {"trend" | "move"} name
 * @param {number | undefined} value
 */
export function mark(element, name, value) {
  const way = value ? (value > 0 ? "up" : "down") : "";
  if (element.dataset[name] !== way) element.dataset[name] = way;
}
