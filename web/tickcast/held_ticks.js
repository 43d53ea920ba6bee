/**
 * The newest tick of each symbol, in the order of (epoch, q): `q` alone orders only the ticks of one epoch of the feed.
 * After a loss that may have set `q` back, what is held orders nothing: whatever comes next is newer.
 *
 * @typedef {import("./types.js").Tick} Tick
 * @typedef {import("./types.js").HeldTicksDump} HeldTicksDump
 */

export class HeldTicks {
  /** @type {Map<string, Tick>} */
  ticks = new Map();
  /** Symbols whose ticks order nothing: any tick replaces them.
   * @type {Set<string>} */
  #freed = new Set();
  /** Symbols that the snapshot of a feed that started over has not named yet.
   * @type {Set<string>} */
  #unnamed = new Set();

  /**
   * Return the tick held, if the next one must be newer than it.
   *
   * @param {string} symbol
   */
  bound(symbol) {
    return this.#freed.has(symbol) ? undefined : this.ticks.get(symbol);
  }

  /** @param {Tick} tick which replaces the one held */
  put(tick) {
    this.#freed.delete(tick.S);
    this.ticks.set(tick.S, tick);
  }

  /**
   * A snapshot has named a symbol.
   *
   * @param {string} symbol
   */
  name(symbol) {
    this.#unnamed.delete(symbol);
  }

  /** Let any tick replace those held: the loss may have set `q` back. */
  free() {
    this.#freed = new Set(this.ticks.keys());
  }

  /** Free all ticks, and expect a snapshot of everything: `forgetUnnamed` drops what it does not name. */
  startOver() {
    this.free();
    this.#unnamed = new Set(this.ticks.keys());
  }

  /** The snapshot is complete: forget the symbols that it has not named. Return them. */
  forgetUnnamed() {
    if (!this.#unnamed.size) return [];
    return [...this.#unnamed].filter((symbol) => this.forget(symbol));
  }

  /**
   * Forget all other symbols. Return them.
   *
   * @param {(symbol: string) => boolean} stays
   */
  keep(stays) {
    const gone = [...this.ticks.keys()].filter((symbol) => !stays(symbol));
    for (const symbol of gone) this.forget(symbol);
    return gone;
  }

  /**
   * Forget a symbol. Return whether a tick of it was held.
   *
   * @param {string} symbol
   */
  forget(symbol) {
    this.#freed.delete(symbol);
    this.#unnamed.delete(symbol);
    return this.ticks.delete(symbol);
  }

  /** @returns {HeldTicksDump} what `load` takes */
  dump() {
    return { ticks: [...this.ticks.values()], freed: [...this.#freed], unnamed: [...this.#unnamed] };
  }

  /**
   * Order ticks as the dumped ones were. The ticks themselves must have been put already.
   *
   * @param {HeldTicksDump} dump
   */
  load({ freed, unnamed }) {
    this.#freed = new Set(freed);
    this.#unnamed = new Set(unnamed);
  }
}
