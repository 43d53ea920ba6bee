/** Tells screen readers when the state of the stream changes: once for all elements, and not of any tick. */

import { statusOf } from "../page/status.js";

export class Voice {
  #element = document.createElement("span");
  #said = "";

  constructor() {
    this.#element.className = "voice";
    this.#element.setAttribute("role", "status");
  }

  /** @param {ShadowRoot | undefined} root where it is heard from */
  moveTo(root) {
    if (root && this.#element.getRootNode() !== root) root.append(this.#element);
  }

  /** @param {Readonly<import("../tickcast.js").State>} state */
  say(state) {
    const { tone, text } = statusOf(state, 0, 0);
    // That it works at first is no news, and neither is that it begins to.
    const isNews = this.#said === "" ? tone === "stale" : this.#said !== text;
    if (state.link === "open" || isNews) this.#said = text;
    if (isNews) this.#element.textContent = `Prices: ${text}`;
  }
}
