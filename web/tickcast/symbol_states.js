/**
 * The state of each symbol that is not live: halted, closed, and so on.
 *
 * @typedef {import("./types.js").SymbolState} SymbolState
 */

export class SymbolStates {
  /** @type {Map<string, SymbolState>} */
  states = new Map();

  /** @param {SymbolState} state */
  put(state) {
    if (state.state === "live") this.states.delete(state.S);
    else this.states.set(state.S, state);
  }

  /**
   * Forget all other symbols.
   *
   * @param {(symbol: string) => boolean} stays
   */
  keep(stays) {
    for (const symbol of [...this.states.keys()]) if (!stays(symbol)) this.states.delete(symbol);
  }
}
