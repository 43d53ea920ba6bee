/** How wide each column is, with room for a number of more digits: one that grows into it leaves the column as it is. Pure. */

export class ColumnRoom {
  /** px of each column, by its key. @type {import("./grid_tracks.js").Widths} */
  widths = {};
  /** @type {Map<string, number>} characters for which each column has room */
  #lengths = new Map();
  #growth;

  /** @param {number} growth digits */
  constructor(growth) {
    this.#growth = growth;
  }

  /**
   * Have a column fit a text.
   *
   * @param {string} key of the column
   * @param {number} length characters of the text
   * @param {number} width px of it
   * @param {number} digit px of a digit; 0: the text does not grow
   */
  fit(key, length, width, digit) {
    if (length <= (this.#lengths.get(key) ?? 0) && width <= (this.widths[key] ?? 0)) return;
    this.#lengths.set(key, length + this.#growth);
    this.widths[key] = width + Math.ceil(this.#growth * digit);
  }
}
