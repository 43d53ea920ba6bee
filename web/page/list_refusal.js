/**
 * Whether a refusal of the stream is that of the list, which must not leave the page empty for ever. No DOM.
 *
 * A list may be refused with 403 for what it names, and so may everything: by a token that allows nothing, or for an
 * origin. What the gateways say to a request that names nothing tells which.
 */

import { isTransient } from "../tickcast/refusal.js";
import { isRefused } from "./watchlist.js";

/** @typedef {Readonly<import("../tickcast.js").State>} State */

export class ListRefusal {
  #list;
  #act;
  /** @type {State | undefined} of the stream */
  #newest;
  #asking = false;

  /**
   * @param {{readonly entries: readonly string[]}} list
   * @param {object} act
   * @param {() => Promise<{status: number}>} act.ask the gateways for something that names no symbol
   * @param {(detail: string) => void} act.onRefused called when the list is refused, and another one would not be
   * @param {(state: State) => void} act.onOther called for every other state
   */
  constructor(list, act) {
    this.#list = list;
    this.#act = act;
  }

  /** @param {State} state of the stream */
  follow(state) {
    this.#newest = state;
    if (!isRefused(this.#list.entries, state)) this.#act.onOther(state);
    else if (state.status !== 403) this.#act.onRefused(state.detail);
    else if (!this.#asking) void this.#find();
  }

  async #find() {
    this.#asking = true;
    const { status } = await this.#act.ask();
    this.#asking = false;
    const state = this.#newest;
    // The stream may have gone on meanwhile, or the list may be another. If nobody can tell now, the next refusal asks again.
    if (!state || !isRefused(this.#list.entries, state) || isTransient(status)) return;
    if (status < 400) this.#act.onRefused(state.detail);
    else this.#act.onOther(state);
  }
}
