/**
 * The chart on a narrow screen: a sheet over the list, from when a symbol is chosen until the reader closes it. A wide
 * screen has the chart beside the list, always.
 */

import { restoreAddress } from "./settings.js";

/** Screens for which chart_sheet.css makes the chart a sheet. */
const NARROW = matchMedia("(max-width: 900px)");

/** px that the sheet is pulled down by to be closed; a quick pull may be shorter, by so many px in a ms. */
const FAR = 96;
const SHORT = 24;
const QUICK = 0.5;

export class ChartSheet {
  #open = false;
  /** Whether the history has an entry for the open sheet, and whether `history.back()` is removing one. */
  #entered = false;
  #leaving = false;
  /** Gives the focus back to where the symbol was chosen. */
  #back = () => {};
  #section;
  #table;
  /** @type {HTMLElement} */
  #grip;
  /** @type {HTMLButtonElement} */
  #button;

  /**
   * @param {HTMLElement} section with the chart, a place to pull it by (`.grip`) with a button, and a `header`
   * @param {Pick<import("./table.js").Table, "focus">} table
   */
  constructor(section, table) {
    const find = (/** @type {string} */ place) => /** @type {HTMLElement} */ (section.querySelector(place));
    this.#section = section;
    this.#table = table;
    this.#grip = find(".grip");
    this.#button = /** @type {HTMLButtonElement} */ (find(".grip button"));
    this.#button.addEventListener("click", () => this.close());
    this.#scrim.addEventListener("click", () => this.close());
    for (const place of [this.#grip, find("header")]) this.#followPull(place);
    NARROW.addEventListener("change", () => this.close());
    addEventListener("popstate", () => this.#followHistory());
    // A page that is loaded again begins with the list: the way back must not lead from there to the list.
    if (history.state?.sheet) this.#leave();
    // Before full_screen.js, which ends a full screen by the same key: one press must not do both.
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.#open || "full" in document.body.dataset) return;
      event.preventDefault();
      this.close();
    }, true);
  }

  get #scrim() {
    return /** @type {HTMLElement} */ (this.#section.parentElement?.querySelector(".scrim"));
  }

  /**
   * Show the chart of a symbol that the reader has chosen.
   *
   * @param {string} symbol
   */
  open(symbol) {
    if (!NARROW.matches || this.#open) return;
    const active = /** @type {HTMLElement | null} */ (document.activeElement);
    // The row may have another place by then, or another element.
    this.#back = active?.closest("tr") ? () => this.#table.focus(symbol) : () => active?.focus({ preventScroll: true });
    this.#turn(true);
    this.#button.focus({ preventScroll: true });
    // So that a phone's way back closes the sheet, and does not leave the page.
    history.pushState({ sheet: true }, "");
    this.#entered = true;
  }

  /** Show the list again. */
  close() {
    if (!this.#open) return;
    this.#shut();
    if (!this.#entered) return;
    this.#entered = false;
    this.#leave();
  }

  #leave() {
    this.#leaving = true;
    history.back();
  }

  #followHistory() {
    restoreAddress();
    const left = this.#leaving;
    this.#leaving = false;
    if (left || !this.#open) return;
    this.#entered = false;
    this.#shut();
  }

  #shut() {
    this.#turn(false);
    this.#back();
    // The symbol may have left the list: without focus the keyboard would start again at the top of the page.
    if (document.activeElement && document.activeElement !== document.body) return;
    /** @type {HTMLElement | null} */ (document.querySelector("#rows button[tabindex='0']"))?.focus();
  }

  /** @param {boolean} open */
  #turn(open) {
    this.#open = open;
    document.body.toggleAttribute("data-sheet", open);
    this.#grip.hidden = this.#scrim.hidden = !open;
    this.#section.scrollTop = 0;
    this.#pull(0);
    this.#setInert(open);
    const said = { role: "dialog", "aria-labelledby": "charted" };
    for (const [name, value] of Object.entries(said)) {
      if (open) this.#section.setAttribute(name, value);
      else this.#section.removeAttribute(name);
    }
  }

  /**
   * Put all but the sheet out of reach, also of screen readers; the header stays, for the state and its changes.
   *
   * @param {boolean} inert
   */
  #setInert(inert) {
    const { body } = document;
    for (let part = /** @type {HTMLElement} */ (this.#section); part !== body; ) {
      const whole = /** @type {HTMLElement} */ (part.parentElement);
      for (const each of /** @type {Iterable<HTMLElement>} */ (whole.children)) {
        if (each !== part && !each.matches("header, .scrim")) each.inert = inert;
      }
      part = whole;
    }
  }

  /** @param {number} px down */
  #pull(px) {
    this.#section.style.setProperty("--pulled", `${px}px`);
  }

  /**
   * Pull the sheet with the pointer, and close it if it is let go far down or quickly.
   *
   * @param {HTMLElement} place to pull by
   */
  #followPull(place) {
    /** @type {{y: number, at: number} | undefined} where and when the pointer went down */
    let from;
    place.addEventListener("pointerdown", (event) => {
      if (!this.#open || event.button || /** @type {HTMLElement} */ (event.target).closest("button")) return;
      from = { y: event.clientY, at: event.timeStamp };
      place.setPointerCapture(event.pointerId);
    });
    place.addEventListener("pointermove", (event) => {
      if (from) this.#pull(Math.max(0, event.clientY - from.y));
    });
    place.addEventListener("pointerup", (event) => {
      if (!from) return;
      const far = event.clientY - from.y;
      const quick = far > SHORT && far > QUICK * (event.timeStamp - from.at);
      from = undefined;
      this.#pull(0);
      if (far > FAR || quick) this.close();
    });
    place.addEventListener("pointercancel", () => {
      from = undefined;
      this.#pull(0);
    });
  }
}
