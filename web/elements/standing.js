/**
 * How far the price of a symbol can be trusted now. What is not proved to be live is not called so. Pure.
 *
 * @typedef {object} Standing
 * @property {"live" | "stale" | "connecting" | "refused" | "none" | "halted" | "closed" | "suspect"} state `live`, or why it is not
 * @property {string} text a word to show beside the price; empty: live
 * @property {string} title a sentence
 */

/** @typedef {import("../tickcast.js").State} State */

import { statusOf } from "../page/status.js";
import { meaningOf } from "../page/symbol_state.js";

/**
 * @param {Readonly<State>} state of the stream
 * @param {object} held what is held of the symbol
 * @param {boolean} held.priced there is a tick
 * @param {boolean} held.asked a symbol that the stream has not confirmed yet
 * @param {boolean} held.gone it has left the feed
 * @param {string} [held.state] of the symbol; missing: live
 * @returns {Standing}
 */
export function standingOf(state, { priced, asked, gone, state: own }) {
  // The words count no seconds, so any clock does.
  const { text: words } = statusOf(state, 0, 0);
  if (state.link === "refused") return { state: "refused", text: "refused", title: words };
  if (state.link !== "open" || state.heldBack) {
    const before = priced || state.link === "closed";
    if (before) return { state: "stale", text: "stale", title: `${words}: the price may have moved` };
    return { state: "connecting", text: "connecting", title: words };
  }
  if (gone) return { state: "none", text: "gone", title: "It has left the feed" };
  if (!priced && asked && state.status) return { state: "refused", text: "refused", title: words };
  if (!priced && asked) return { state: "connecting", text: "connecting", title: "It is being added" };
  if (state.feed !== "live") return { state: "stale", text: "stale", title: words };
  if (!priced) return { state: "none", text: "no price", title: "The feed has no price of it" };
  if (!state.whole || asked) return { state: "stale", text: "stale", title: "Its newest price is on its way" };
  const said = meaningOf(own);
  if (own && said) return { state: /** @type {Standing["state"]} */ (own), text: own, title: said };
  return { state: "live", text: "", title: "Live" };
}

/**
 * Return the quote of an element whose attributes name nothing that can be shown.
 *
 * @param {string} symbol as it is written
 * @param {"symbol" | "address"} what is wrong
 * @param {string} trouble in words
 * @returns {{symbol: string, standing: Standing}}
 */
export function misnamed(symbol, what, trouble) {
  return { symbol, standing: { state: "none", text: `wrong ${what}`, title: trouble } };
}
