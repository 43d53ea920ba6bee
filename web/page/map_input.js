/**
 * Pointer, keyboard and screen reader on the map: one tile is pointed at, one has the focus, one is in the chart.
 *
 * Tiles are not elements. The map is a list box, and the option that has its focus is said by one of two elements in
 * turns: a screen reader would not read out a changed text of the same one.
 */

import { linesOf, sentenceOf } from "./tile_look.js";

/** Tiles to the right and down, for each arrow. */
const ARROWS = new Map([["ArrowRight", [1, 0]], ["ArrowLeft", [-1, 0]], ["ArrowDown", [0, 1]], ["ArrowUp", [0, -1]]]);

/** px between the pointer and the quote beside it. */
const BESIDE = 14;

export class MapInput {
  #map;
  #quotes;
  #choose;
  #box;
  #options;
  /** @type {HTMLElement} */
  #quote;
  /** @type {HTMLElement} */
  #focus;
  /** @type {HTMLElement} */
  #mark;
  /** Symbols: of the tile with the focus, in the chart, and under the pointer or the focus, whose quote is shown. */
  #focused = "";
  #charted = "";
  #pointed = "";

  /**
   * @param {HTMLElement} section with a list box (`.tiles`) of two options, a place for a quote (`.quote`) and two frames
   *   (`.focus` and `.mark`)
   * @param {import("./market_map.js").MarketMap} map
   * @param {{get(symbol: string): import("./columns.js").Quote | undefined}} quotes
   * @param {(symbol: string) => void} choose
   */
  constructor(section, map, quotes, choose) {
    const find = (/** @type {string} */ place) => /** @type {HTMLElement} */ (section.querySelector(place));
    this.#map = map;
    this.#quotes = quotes;
    this.#choose = choose;
    this.#box = find(".tiles");
    this.#options = /** @type {HTMLElement[]} */ ([...section.querySelectorAll("[role=option]")]);
    [this.#quote, this.#focus, this.#mark] = [find(".quote"), find(".focus"), find(".mark")];
    this.#follow(this.#box);
  }

  /** @param {HTMLElement} box */
  #follow(box) {
    box.addEventListener("pointermove", (event) => this.#point(event));
    box.addEventListener("pointerleave", () => this.#show(""));
    box.addEventListener("click", (event) => {
      const symbol = this.#under(event);
      if (!symbol) return;
      this.#focused = symbol;
      this.#choose(symbol);
      this.place();
    });
    box.addEventListener("keydown", (event) => this.#press(event));
    box.addEventListener("focus", () => this.#reach(this.#nearest));
    box.addEventListener("blur", () => {
      this.#focus.hidden = true;
      this.#show("");
    });
  }

  /** The symbol that takes the focus: the one that had it, else the one in the chart, if they are on the map. */
  get #nearest() {
    const { order } = this.#map;
    return [this.#focused, this.#charted, order[0] ?? ""].find((each) => this.#map.placeOf(each) >= 0) ?? "";
  }

  /** @param {MouseEvent} event */
  #under({ clientX, clientY }) {
    const { left, top } = this.#box.getBoundingClientRect();
    return this.#map.symbolAt(clientX - left, clientY - top) ?? "";
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const symbol = this.#under(event);
    this.#show(symbol);
    if (symbol) this.#put(event.clientX, event.clientY);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { order } = this.#map;
    const arrow = ARROWS.get(event.key);
    if (arrow) this.#reach(this.#map.beside(this.#focused, arrow[0], arrow[1]) ?? "");
    else if (event.key === "Home") this.#reach(order[0] ?? "");
    else if (event.key === "End") this.#reach(order.at(-1) ?? "");
    else if ((event.key === "Enter" || event.key === " ") && this.#map.placeOf(this.#focused) >= 0) this.#choose(this.#focused);
    else return;
    event.preventDefault();
  }

  /**
   * Give the focus to a tile.
   *
   * @param {string} symbol empty: there is none
   */
  #reach(symbol) {
    this.#focused = symbol;
    this.#say();
    this.place();
    this.#show(symbol);
    if (!symbol) return;
    const { x, y, width, height } = this.#map.boxOf(this.#map.placeOf(symbol));
    const { left, top } = this.#box.getBoundingClientRect();
    this.#put(left + x + Math.min(width / 2, 120), top + y + height - BESIDE);
  }

  #say() {
    const [before, next] = this.#options[0].hidden ? [this.#options[1], this.#options[0]] : this.#options;
    const quote = this.#quotes.get(this.#focused);
    before.hidden = true;
    next.hidden = false;
    next.textContent = quote ? sentenceOf(quote) : "No symbol";
    next.setAttribute("aria-setsize", String(this.#map.order.length));
    next.setAttribute("aria-posinset", String(this.#map.placeOf(this.#focused) + 1));
    next.setAttribute("aria-selected", String(this.#focused !== "" && this.#focused === this.#charted));
    this.#box.setAttribute("aria-activedescendant", next.id);
  }

  /** @param {string} symbol in the chart */
  set charted(symbol) {
    if (symbol === this.#charted) return;
    this.#charted = symbol;
    this.place();
  }

  /** Put the frames around their tiles, which may have other places, or be gone. */
  place() {
    // It is gone, or there was none yet when the map took the focus.
    const isLost = this.#map.placeOf(this.#focused) < 0 && this.#focused !== this.#nearest;
    if (isLost && document.activeElement === this.#box) return this.#reach(this.#nearest);
    const reached = document.activeElement === this.#box ? this.#focused : "";
    for (const [frame, symbol] of /** @type {const} */ ([[this.#focus, reached], [this.#mark, this.#charted]])) {
      const at = this.#map.placeOf(symbol);
      frame.hidden = at < 0;
      if (at < 0) continue;
      const { x, y, width, height } = this.#map.boxOf(at);
      Object.assign(frame.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
    }
  }

  /** Write the quote that is shown again, if it has changed. Call it after each paint. */
  refresh() {
    if (this.#pointed) this.#show(this.#pointed);
  }

  /** @param {string} symbol whose quote is shown; empty: none */
  #show(symbol) {
    const quote = this.#quotes.get(symbol);
    this.#pointed = quote ? symbol : "";
    this.#quote.hidden = !quote;
    if (!quote) return;
    const text = linesOf(quote).filter(Boolean).join("\n");
    if (this.#quote.textContent !== text) this.#quote.textContent = text;
  }

  /**
   * Put the quote beside a place of the window, where there is room.
   *
   * @param {number} x
   * @param {number} y
   */
  #put(x, y) {
    const { offsetWidth, offsetHeight, style } = this.#quote;
    const left = x + BESIDE + offsetWidth > innerWidth ? x - BESIDE - offsetWidth : x + BESIDE;
    const top = y + BESIDE + offsetHeight > innerHeight ? y - BESIDE - offsetHeight : y + BESIDE;
    Object.assign(style, { left: `${Math.max(0, left)}px`, top: `${Math.max(0, top)}px` });
  }
}
