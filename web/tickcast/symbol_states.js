/**
 * The state of each symbol that is not live: halted, closed, and so on. Decides what is a change of it.
 *
 * @typedef {import("./types.js").SymbolState} SymbolState
 */

export class SymbolStates {
  /** @type {Map<string, SymbolState>} */
  states = new Map();
  /** Symbols whose state the snapshot of a stream that does not resume has not confirmed yet.
   * @type {Set<string>} */
  #unconfirmed = new Set();

  /**
   * Take a state. Return whether it is another than the one held.
   *
   * @param {SymbolState} state
   */
  put(state) {
    this.#unconfirmed.delete(state.S);
    if (state.state === "live") return this.states.delete(state.S);
    const held = this.states.get(state.S);
    this.states.set(state.S, state);
    return held?.state !== state.state || held.since !== state.since;
  }

  /** Forget the state of a symbol. @param {string} symbol */
  forget(symbol) {
    this.states.delete(symbol);
    this.#unconfirmed.delete(symbol);
  }

  /**
   * Forget all other symbols. Return what has changed: they are live.
   *
   * @param {(symbol: string) => boolean} stays
   */
  keep(stays) {
    return this.#end([...this.states.keys()].filter((symbol) => !stays(symbol)));
  }

  /** Expect all states again after a snapshot of everything: `endUnconfirmed` drops those that do not come. */
  startOver() {
    this.#unconfirmed = new Set(this.states.keys());
  }

  /** The snapshot is complete, with its states. Return what has changed: the others are live. */
  endUnconfirmed() {
    return this.#unconfirmed.size ? this.#end([...this.#unconfirmed]) : [];
  }

  /** @param {string[]} symbols */
  #end(symbols) {
    for (const symbol of symbols) this.forget(symbol);
    return symbols.map((symbol) => /** @type {SymbolState} */ ({ S: symbol, state: "live", since: 0 }));
  }

  /** @returns {{states: SymbolState[], unconfirmed: string[]}} what `load` takes */
  dump() {
    return { states: [...this.states.values()], unconfirmed: [...this.#unconfirmed] };
  }

  /**
   * Hold the states of a dump. Return what has changed.
   *
   * @param {{states: SymbolState[], unconfirmed?: string[]}} dump
   */
  load({ states, unconfirmed = [] }) {
    const named = new Set(states.map(({ S }) => S));
    const changed = [...this.keep((symbol) => named.has(symbol)), ...states.filter((state) => this.put(state))];
    this.#unconfirmed = new Set(unconfirmed);
    return changed;
  }
}
