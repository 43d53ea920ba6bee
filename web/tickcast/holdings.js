/**
 * All that is held of the symbols: their newest ticks and bars, and the states that are not live. Decides what goes
 * together when symbols leave, and when the feed starts over.
 *
 * @typedef {import("./types.js").SymbolState} SymbolState
 * @typedef {import("./types.js").HoldingsDump} HoldingsDump
 */

import { HeldTicks } from "./held_ticks.js";
import { NewestBars } from "./newest_bars.js";
import { SymbolStates } from "./symbol_states.js";

export class Holdings {
  ticks = new HeldTicks();
  bars = new NewestBars();
  states = new SymbolStates();
  #listener;

  /** @param {Pick<import("./types.js").ReplicaListener, "onForget" | "onSymbolState">} listener */
  constructor(listener) {
    this.#listener = listener;
  }

  /** @param {SymbolState} state */
  putState(state) {
    if (this.states.put(state)) this.#listener.onSymbolState(state);
  }

  /**
   * Forget the ticks and states of all other symbols.
   *
   * @param {(symbol: string) => boolean} stays
   */
  keep(stays) {
    this.#report(this.states.keep(stays));
    for (const symbol of this.ticks.keep(stays)) this.#listener.onForget(symbol);
  }

  /**
   * Forget symbols that have left the feed.
   *
   * @param {string[]} symbols
   */
  forget(symbols) {
    for (const symbol of symbols) {
      this.states.forget(symbol);
      this.bars.forget(symbol);
      if (this.ticks.forget(symbol)) this.#listener.onForget(symbol);
    }
  }

  /** Nothing held is promised any more: expect a snapshot that names all there is, then `finish`. */
  startOver() {
    this.ticks.startOver();
    this.states.startOver();
    this.bars.clear();
  }

  /** The feed has started over: nothing held is comparable with what comes. */
  leaveEpoch() {
    this.ticks.free();
    this.bars.clear();
  }

  /** The snapshot is complete: forget what it has not named. */
  finish() {
    this.#report(this.states.endUnconfirmed());
    for (const symbol of this.ticks.forgetUnnamed()) this.#listener.onForget(symbol);
  }

  /** @returns {HoldingsDump} */
  dump() {
    return { held: this.ticks.dump(), ...this.states.dump(), bars: this.bars.all };
  }

  /**
   * Hold the states of a dump, and order ticks as its ticks were. These must have been put already.
   *
   * @param {HoldingsDump} dump
   */
  load({ held, states, unconfirmed }) {
    this.ticks.load(held);
    this.#report(this.states.load({ states, unconfirmed }));
  }

  /** @param {SymbolState[]} changed */
  #report(changed) {
    for (const state of changed) this.#listener.onSymbolState(state);
  }
}
