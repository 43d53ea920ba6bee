/** One symbol on the screen: its parts, each written only when it changes. The state is always among them. */

import { digitsIn, digitsOf, percentText } from "../page/columns.js";
import { price } from "../page/numbers.js";
import { symbolLabel } from "../page/source_label.js";

/** What can be shown, in this order; the state comes after them. */
export const PARTS = /** @type {const} */ (["symbol", "name", "price", "change"]);

/** @typedef {typeof PARTS[number]} Part */
/** @typedef {import("../page/columns.js").Quote & {standing: import("./standing.js").Standing}} StandingQuote */

export class QuoteView {
  #seen = 0;
  /** @type {Map<Part, HTMLElement>} */
  #parts = new Map();
  #state = document.createElement("span");

  /**
   * @param {HTMLElement} holder
   * @param {readonly Part[]} parts
   */
  constructor(holder, parts) {
    this.#state.className = "state";
    for (const part of PARTS.filter((each) => parts.includes(each))) {
      const element = document.createElement("span");
      element.className = part;
      element.setAttribute("part", part);
      this.#parts.set(part, element);
      holder.append(element, " ");
    }
    // It has no part: a page may not style it away.
    holder.append(this.#state);
  }

  /** @param {StandingQuote} quote */
  show(quote) {
    this.#seen = Math.max(this.#seen, digitsIn(quote));
    const known = { ...quote, seen: this.#seen };
    const change = percentText(known);
    write(this.#parts.get("symbol"), quote.symbol);
    write(this.#parts.get("name"), quote.instrument?.name ?? "");
    write(this.#parts.get("price"), price(quote.tick?.p, ...digitsOf(known)));
    write(this.#parts.get("change"), change);
    for (const part of this.#parts.values()) part.dataset.trend = trendOf(change);
    this.#showState(quote);
  }

  /** @param {StandingQuote} quote */
  #showState({ tick, standing }) {
    const label = symbolLabel(tick?.src);
    const words = [standing.text, label?.short].filter(Boolean).join(", ");
    write(this.#state, words || "live");
    this.#state.dataset.state = standing.state;
    this.#state.toggleAttribute("data-plain", !words);
    const title = label ? `${standing.title}. This price is ${label.text}` : standing.title;
    if (this.#state.title !== title) this.#state.title = title;
  }
}

/** @param {string} change */
function trendOf(change) {
  if (change.startsWith("+")) return "up";
  return change.startsWith("−") ? "down" : "";
}

/**
 * @param {HTMLElement | undefined} element
 * @param {string} text
 */
function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}
