/** A cell of the table: one text, written only when it changes, and a flash when the price moves. */

/** ms between two flashes of a cell: fewer than the three a second that may harm a viewer. */
const FLASH_EVERY = 400;

/** ms that a flash lasts. It does not fade: that would repaint hundreds of cells in every frame. */
export const FLASH_LASTS = 300;

const reduced = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");

export class Cell {
  #text;
  #flashed = -FLASH_EVERY;

  /**
   * @param {HTMLElement} element
   * @param {HTMLElement} [holder] node that holds the text; by default the element itself
   */
  constructor(element, holder = element) {
    this.element = element;
    this.holder = holder;
    // A text node of its own: setting `textContent` would make a new one each time.
    this.#text = /** @type {Text} */ (holder.appendChild(document.createTextNode("")));
  }

  /**
   * Write a text. Return whether it has changed.
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
   * Flash for a move of the price, unless the last flash is too recent or the reader wants no motion. Return whether
   * it flashes; the caller ends it with `calm`. A flash for the opposite direction ends at once.
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

  /** End the flash. */
  calm() {
    delete this.element.dataset.flash;
  }
}

/**
 * Set a data attribute to the direction of `value`: `up`, `down` or empty.
 *
 * @param {HTMLElement} element
 * @param {"trend" | "move"} name
 * @param {number | undefined} value
 */
export function mark(element, name, value) {
  const way = value ? (value > 0 ? "up" : "down") : "";
  if (element.dataset[name] !== way) element.dataset[name] = way;
}
