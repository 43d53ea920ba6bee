/** What the browser's tab says: the price of the charted symbol, and the state of the stream if it is not live. */

import { percentText, digitsOf } from "./columns.js";
import { price } from "./numbers.js";
import { besides } from "./symbol_state.js";

/** @typedef {import("./columns.js").Quote} Quote */
/** @typedef {import("./status.js").Status["tone"]} Tone */

/** The word before a price that is not live: the first that is read where a tab is narrow. */
const WORDS = { live: "", wait: "Reconnecting", stale: "Stale", paused: "Paused" };

/** The icon has no mark of its own for live: one that could not be loaded while no gateway answers must not say it. */
const ICONS = { live: "icon.svg", wait: "icon_stale.svg", stale: "icon_stale.svg", paused: "icon_paused.svg" };

/**
 * Return the title of the tab. Pure.
 *
 * @param {Quote | undefined} quote of the charted symbol
 * @param {Tone} tone
 * @param {string} page what the page is called
 */
export function titleOf(quote, tone, page) {
  const parts = [];
  if (quote?.tick) {
    const percent = percentText(quote);
    parts.push([price(quote.tick.p, ...digitsOf(quote)), quote.symbol, besides(quote).short, /\d/.test(percent) ? percent : ""]
      .filter(Boolean)
      .join(" "));
  }
  return [WORDS[tone], ...parts, page].filter(Boolean).join(" · ");
}

export class Tab {
  #icon = /** @type {HTMLLinkElement} */ (document.querySelector('link[rel="icon"]'));

  /**
   * @param {Quote | undefined} quote
   * @param {Tone} tone
   * @param {string} page
   */
  show(quote, tone, page) {
    const title = titleOf(quote, tone, page);
    if (document.title !== title) document.title = title;
    const icon = ICONS[tone];
    if (this.#icon.getAttribute("href") !== icon) this.#icon.setAttribute("href", icon);
  }
}
