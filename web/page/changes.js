/** Which symbols have changed since somebody took them. Each who follows has its own, and takes them at its own pace. */

export class Changes {
  /** @type {Set<string>} */
  #symbols = new Set();

  /** How many there are. */
  get size() {
    return this.#symbols.size;
  }

  /** @param {string} symbol that has changed */
  add(symbol) {
    this.#symbols.add(symbol);
  }

  /** Return them, and begin an empty set. Nothing is copied: the set that is returned changes no more. @returns {ReadonlySet<string>} */
  take() {
    const taken = this.#symbols;
    this.#symbols = new Set();
    return taken;
  }
}
