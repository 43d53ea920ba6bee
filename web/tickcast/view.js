/**
 * What one tab shows of the shared stream: its own symbols and bars, once per animation frame, and their states at once.
 *
 * @typedef {import("./types.js").Tick} Tick
 * @typedef {import("./types.js").Bar} Bar
 * @typedef {import("./types.js").SymbolState} SymbolState
 * @typedef {import("./types.js").Subscription} Subscription
 */

import { BarQueue } from "./bar_queue.js";
import { NewestTicks } from "./newest_ticks.js";
import { Painter } from "./painter.js";
import { barSelector, selector } from "./subscription.js";

export class View {
  /** Number of ticks so far, without those of snapshots. */
  received = 0;
  #newest = new NewestTicks();
  #bars = new BarQueue();
  /** The state of each symbol that is not live.
   * @type {Map<string, SymbolState>} */
  #states = new Map();
  #painter;
  #showState;
  /** @type {(symbol: string) => boolean} */
  #selects = () => false;
  /** @type {(bar: Bar) => boolean} */
  #selectsBar = () => false;

  /**
   * @param {(ticks: Tick[], bars: Bar[], overflowed: boolean) => void} show what has changed since the last frame;
   *   `overflowed`: there were more bars than are kept
   * @param {(state: SymbolState) => void} showState which a symbol has from now on
   */
  constructor(show, showState) {
    this.#showState = showState;
    this.#painter = new Painter(() => {
      const { overflowed } = this.#bars;
      show(this.#newest.take(), this.#bars.take(), overflowed);
    });
  }

  /** The newest tick of each symbol. @returns {ReadonlyMap<string, Tick>} */
  get ticks() {
    return this.#newest.ticks;
  }

  /** The state of each symbol that is not live. @returns {ReadonlyMap<string, SymbolState>} */
  get states() {
    return this.#states;
  }

  /**
   * Show another subscription from now on.
   *
   * @param {Subscription} subscription
   * @param {Iterable<Tick>} ticks that the replica holds already, because another tab wants them
   * @param {Iterable<Bar>} bars likewise
   * @param {Iterable<SymbolState>} states likewise
   */
  select(subscription, ticks, bars, states) {
    const selectedBar = this.#selectsBar;
    this.#selectsBar = barSelector(subscription);
    for (const bar of bars) if (!selectedBar(bar)) this.takeBar(bar);
    this.#selects = selector(subscription.symbols);
    for (const symbol of [...this.ticks.keys()]) if (!this.#selects(symbol)) this.forget(symbol);
    for (const tick of ticks) if (!this.ticks.has(tick.S)) this.takeTick(tick, false);
    for (const symbol of [...this.#states.keys()]) if (!this.#selects(symbol)) this.#states.delete(symbol);
    for (const state of states) if (!this.#states.has(state.S)) this.takeState(state);
  }

  /** @param {string} symbol */
  selects(symbol) {
    return this.#selects(symbol);
  }

  /**
   * @param {Tick} tick
   * @param {boolean} update rather than part of a snapshot
   */
  takeTick(tick, update) {
    if (!this.#selects(tick.S)) return;
    if (update) this.received += 1;
    this.#newest.put(tick);
    this.#painter.request();
  }

  /** @param {Bar} bar */
  takeBar(bar) {
    if (!this.#selectsBar(bar)) return;
    this.#bars.add(bar);
    this.#painter.request();
  }

  /** @param {SymbolState} state another than before */
  takeState(state) {
    if (!this.#selects(state.S)) return;
    if (state.state !== "live") this.#states.set(state.S, state);
    else if (!this.#states.delete(state.S)) return;
    this.#showState(state);
  }

  /** @param {string} symbol */
  forget(symbol) {
    this.#newest.forget(symbol);
  }

  /**
   * Forget a symbol that has left the feed, its bars and its state included.
   *
   * @param {string} symbol
   */
  retire(symbol) {
    this.#newest.forget(symbol);
    this.#bars.forget(symbol);
    this.#states.delete(symbol);
  }

  /** Forget the bars that wait for a frame: the feed has started over without them. */
  forgetBars() {
    this.#bars.take();
  }

  /** Show now what waits for a frame. */
  flush() {
    this.#painter.flush();
  }

  close() {
    this.#painter.close();
  }
}
