/**
 * An arrival at a gateway: however open the line is, the prices that are held are those of before, until
 * all that the gateway owes has come.
 *
 * @typedef {import("./types.js").ArrivalState} ArrivalState
 */

/** Events that come only behind everything that is replayed. */
const BEHIND = new Set(["heartbeat", "symbols", "gap"]);

export class Arrival {
  /** @type {ArrivalState} */
  #state = { greeted: false, chosen: false, pending: false, replay: 0 };

  /** Whether there was any `hello` yet. */
  get greeted() {
    return this.#state.greeted;
  }

  /**
   * A stream is being opened.
   *
   * @param {boolean} chosen because something else is wanted now; not because the one before was cut off
   */
  begin(chosen) {
    this.#state = { ...this.#state, chosen, pending: false };
  }

  /**
   * Take note of `hello`. Return whether the stream has come back after it was cut off.
   *
   * @param {number} replayed events that follow, of those that were missed
   */
  greet(replayed) {
    const { greeted, chosen } = this.#state;
    this.#state = { greeted: true, chosen: false, pending: true, replay: replayed };
    return greeted && !chosen;
  }

  /**
   * Take note of an event.
   *
   * @param {string} name
   * @param {unknown} data
   */
  hear(name, data) {
    if (name === "ticks") this.#state.replay -= /** @type {unknown[]} */ (data).length;
    else if (name === "tick" || name === "bar") this.#state.replay -= 1;
    else if (BEHIND.has(name)) this.#state.replay = 0;
  }

  /**
   * Tell, once, that all has come.
   *
   * @param {boolean} covered whether the snapshots that were on their way have come
   */
  ends(covered) {
    if (!this.#state.pending || !covered || this.#state.replay > 0) return false;
    this.#state.pending = false;
    return true;
  }

  /** @returns {ArrivalState} what `load` takes */
  dump() {
    return this.#state;
  }

  /** @param {ArrivalState} dump */
  load(dump) {
    this.#state = { ...dump };
  }
}
