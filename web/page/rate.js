/** A rate per second, over the last few readings of a counter. */

const READINGS = 4;

export class Rate {
  /** @type {{at: number, count: number}[]} */
  #readings = [];

  /**
   * Take in a reading; return the rate since the oldest one held.
   *
   * @param {number} count which only grows
   * @param {number} at ms
   */
  read(count, at) {
    this.#readings.push({ at, count });
    if (this.#readings.length > READINGS) this.#readings.shift();
    const [oldest] = this.#readings;
    return at > oldest.at ? ((count - oldest.count) * 1000) / (at - oldest.at) : 0;
  }
}
