/**
 * What one tab sees of the stream that it shares: its own symbols and bars, once per animation frame.
 *
 * @typedef {import("./types.js").Tick} Tick
 * @typedef {import("./types.js").Bar} Bar
 * @typedef {import("./types.js").Wish} Wish
 */

import { BarQueue } from "./bar_queue.js";
import { Newest } from "./newest_ticks.js";
import { Painter } from "./painter.js";
import { barSelector, selector } from "./subscription.js";

export class View {
  /** Ticks so far, without those of snapshots. */
  received = 0;
  #newest = new Newest();
  #bars = new BarQueue();
  #painter;
  /** @type {(symbol: string) => boolean} */
  #selects = () => false;
  /** @type {(bar: Bar) => boolean} */
  #charts = () => false;

  /**
   * @param {(ticks: Tick[], bars: Bar[], overran: boolean) => void} show what has changed since the last frame;
   *   `overran`: there were more bars than are kept
   */
  constructor(show) {
    this.#painter = new Painter(() => {
      const { overran } = this.#bars;
      show(this.#newest.take(), this.#bars.take(), overran);
    });
  }

  /** The newest tick of each symbol. @returns {ReadonlyMap<string, Tick>} */
  get ticks() {
    return this.#newest.ticks;
  }

  /**
   * See something else from now on.
   *
   * @param {Wish} wish
   * @param {Iterable<Tick>} known what another tab wants already is here already
   * @param {Iterable<Bar>} bars likewise
   */
  select(wish, known, bars) {
    const charted = this.#charts;
    this.#charts = barSelector(wish);
    for (const bar of bars) if (!charted(bar)) this.hearBar(bar);
    this.#selects = selector(wish.symbols);
    for (const symbol of [...this.ticks.keys()]) if (!this.#selects(symbol)) this.forget(symbol);
    for (const tick of known) if (!this.ticks.has(tick.S)) this.hear(tick, false);
  }

  /** @param {string} symbol */
  sees(symbol) {
    return this.#selects(symbol);
  }

  /**
   * @param {Tick} tick
   * @param {boolean} update rather than part of a snapshot
   */
  hear(tick, update) {
    if (!this.#selects(tick.S)) return;
    if (update) this.received += 1;
    this.#newest.put(tick);
    this.#painter.ask();
  }

  /** @param {Bar} bar */
  hearBar(bar) {
    if (!this.#charts(bar)) return;
    this.#bars.add(bar);
    this.#painter.ask();
  }

  /** @param {string} symbol */
  forget(symbol) {
    this.#newest.forget(symbol);
  }

  /** Show now what waits for a frame. */
  flush() {
    this.#painter.flush();
  }

  close() {
    this.#painter.close();
  }
}
