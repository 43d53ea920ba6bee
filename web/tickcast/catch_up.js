/**
 * Catching up with a gateway: `hello` alone does not make the prices new. Those held are old until every snapshot,
 * or every replayed event, that the gateway owes has arrived.
 *
 * @typedef {import("./types.js").CatchUpState} CatchUpState
 */

/** Events that come only after everything that is replayed. */
const AFTER_REPLAY = new Set(["heartbeat", "symbols", "gap"]);

/** Events that are counted one by one among those that are replayed. */
const ALONE = new Set(["tick", "bar", "retired", "state"]);

export class CatchUp {
  /** @type {CatchUpState} */
  #state = { greeted: false, planned: false, pending: false, replay: 0 };

  /** Whether any `hello` has arrived yet. */
  get greeted() {
    return this.#state.greeted;
  }

  /**
   * A stream is being opened.
   *
   * @param {boolean} planned for another subscription; not because the stream before was cut off
   */
  begin(planned) {
    this.#state = { ...this.#state, planned, pending: false };
  }

  /**
   * Take in `hello`. Return whether the stream has come back after a disconnection.
   *
   * @param {number} replayed number of missed events that follow
   */
  greet(replayed) {
    const { greeted, planned } = this.#state;
    this.#state = { greeted: true, planned: false, pending: true, replay: replayed };
    return greeted && !planned;
  }

  /**
   * Count an event.
   *
   * @param {string} name
   * @param {unknown} data
   */
  hear(name, data) {
    if (name === "ticks") this.#state.replay -= /** @type {unknown[]} */ (data).length;
    else if (ALONE.has(name)) this.#state.replay -= 1;
    else if (AFTER_REPLAY.has(name)) this.#state.replay = 0;
  }

  /**
   * Return true once: when everything that was owed has arrived.
   *
   * @param {boolean} covered whether all snapshots have arrived
   */
  finish(covered) {
    if (!this.#state.pending || !covered || this.#state.replay > 0) return false;
    this.#state.pending = false;
    return true;
  }

  /** @returns {CatchUpState} what `load` takes */
  dump() {
    return this.#state;
  }

  /** @param {CatchUpState} dump */
  load(dump) {
    this.#state = { ...dump };
  }
}
