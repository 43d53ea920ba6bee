/** @typedef {import("./tickcast.js").Tick} Tick */

/** The newest tick of each symbol, and those that changed since they were last taken. */
export class Newest {
  /** @type {Map<string, Tick>} */
  ticks = new Map();
  /** @type {Map<string, Tick>} */
  #changed = new Map();

  /**
   * Take in a tick, unless it is no newer than the one held. Tell whether it was.
   *
   * @param {Tick} tick
   */
  add(tick) {
    const held = this.ticks.get(tick.S);
    if (held && tick.q <= held.q) return false;
    this.replace(tick);
    return true;
  }

  /**
   * Take in a tick of a snapshot, which is right whatever is held: a feed may have begun anew.
   *
   * @param {Tick} tick
   */
  replace(tick) {
    this.ticks.set(tick.S, tick);
    this.#changed.set(tick.S, tick);
  }

  /** Return the changed ones, and forget that they changed. */
  take() {
    const changed = [...this.#changed.values()];
    this.#changed.clear();
    return changed;
  }
}
