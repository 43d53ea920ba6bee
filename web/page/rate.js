/** The rate of a counter per second, over its last few readings. */

const READINGS = 4;

export class Rate {
  /** @type {{at: number, count: number}[]} */
  #readings = [];

  /**
   * Add a reading. Return the rate since the oldest one held.
   *
   * @param {number} count which never falls
   * @param {number} at ms
   */
  read(count, at) {
    this.#readings.push({ at, count });
    if (this.#readings.length > READINGS) this.#readings.shift();
    const [oldest] = this.#readings;
    return at > oldest.at ? ((count - oldest.count) * 1000) / (at - oldest.at) : 0;
  }
}
