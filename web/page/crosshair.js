/** The bar under the crosshair, in numbers: the pointer's, or the keyboard's, else the newest. */

import { mark } from "./cell.js";
import { inWords } from "./chart.js";
import { fullText } from "./chart_times.js";
import { price, signed, size } from "./numbers.js";

/** @typedef {import("../tickcast.js").Bar} Bar */

/** Bars that a key moves by. */
const STEPS = new Map(Object.entries({
  ...{ ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 },
  ...{ PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity },
}));

/** Factor of the bars in sight, for each key that zooms. */
const ZOOMS = new Map([["+", 0.8], ["=", 0.8], ["-", 1.25]]);

/**
 * Return the values of a bar as name and text: open, high, low, close, volume if there is one, and the change from the
 * bar before it. Pure.
 *
 * @param {Bar} bar
 * @param {Bar | undefined} before
 * @param {number} digits after the point, of the prices
 * @returns {[name: string, text: string][]}
 */
export function barValues(bar, before, digits) {
  const from = before?.c ?? bar.o;
  const change = bar.c - from;
  const percent = from ? ` (${signed((change / Math.abs(from)) * 100, 2)}%)` : "";
  const prices = /** @type {const} */ (["o", "h", "l", "c"]).map((name) => [name.toUpperCase(), price(bar[name], digits)]);
  const volume = bar.v === undefined ? [] : [["V", size(bar.v)]];
  const moved = ["", `${signed(change, digits)}${percent}`];
  return /** @type {[string, string][]} */ ([...prices, ...volume, moved]);
}

export class Crosshair {
  #digits = 2;
  /** Start of the bar under the crosshair, µs; undefined: there is no crosshair. @type {number | undefined} */
  #at;
  #values;
  #slider;
  #chart;
  #drawn = "";

  /**
   * @param {HTMLElement} values where the numbers go
   * @param {HTMLElement} slider takes the keyboard
   * @param {import("./chart.js").Chart} chart
   */
  constructor(values, slider, chart) {
    this.#values = values;
    this.#slider = slider;
    this.#chart = chart;
    chart.followPointer((at) => {
      this.#at = at;
      this.#write();
    });
    slider.addEventListener("keydown", (event) => this.#follow(event));
    slider.addEventListener("focus", () => this.#describe());
    slider.addEventListener("blur", () => this.#leave());
  }

  /**
   * Follow the bars of the chart, which have changed.
   *
   * @param {number} digits after the point, of the prices
   */
  show(digits) {
    this.#digits = digits;
    this.#slider.hidden = !this.#bars.length;
    this.#write();
  }

  get #bars() {
    return this.#chart.bars;
  }

  /** Place of the bar under the crosshair; of the newest if there is none. */
  get #place() {
    const at = this.#at;
    const place = at === undefined ? -1 : this.#bars.findLastIndex(({ t }) => t <= at);
    return place < 0 ? this.#bars.length - 1 : place;
  }

  #write() {
    const place = this.#place;
    const bar = this.#bars[place];
    const values = bar ? barValues(bar, this.#bars[place - 1], this.#digits) : [];
    if (String(values) === this.#drawn) return;
    this.#drawn = String(values);
    const parts = values.map(([name, text]) => {
      const part = document.createElement("span");
      part.textContent = name ? `${name} ${text}` : text;
      return part;
    });
    this.#values.replaceChildren(...parts.flatMap((part) => [part, " "]));
    if (bar) mark(this.#values, "trend", bar.c - (this.#bars[place - 1]?.c ?? bar.o));
  }

  /** @param {KeyboardEvent} event */
  #follow(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || !this.#bars.length) return;
    const zoom = ZOOMS.get(event.key);
    const step = STEPS.get(event.key);
    if (zoom) this.#chart.zoom(zoom);
    else if (step !== undefined) this.#move(step);
    else return;
    event.preventDefault();
  }

  /** @param {number} step */
  #move(step) {
    const place = Math.min(Math.max(this.#place + step, 0), this.#bars.length - 1);
    this.#at = this.#bars[place].t;
    this.#chart.point(place, this.#bars[place]);
    this.#write();
    this.#describe();
  }

  #leave() {
    this.#at = undefined;
    this.#chart.unpoint();
    this.#write();
  }

  /** Tell screen readers where the crosshair is: not at every tick, only when the reader moves. */
  #describe() {
    const place = this.#place;
    const bar = this.#bars[place];
    if (!bar) return;
    this.#slider.setAttribute("aria-valuemax", String(this.#bars.length));
    this.#slider.setAttribute("aria-valuenow", String(place + 1));
    const when = fullText(bar.t / 1e6, bar.i, this.#chart.zone);
    this.#slider.setAttribute("aria-valuetext", `${when}: ${inWords(bar)}`);
  }
}
