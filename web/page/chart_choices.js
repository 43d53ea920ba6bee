/** What the reader chooses of the chart: candles of which length, a range of time, candles or a line. Stored. */

import { RANGES, rangesWithData } from "./chart_ranges.js";
import { readStored, writeStored } from "./settings.js";

/** @typedef {import("./bar_rollup.js").Interval} Interval */
/** @typedef {import("./chart_ranges.js").Range} Range */

/** ms after which it is asked again which ranges there is data for, and after which if that could not be read. */
const RENEWED_AFTER = 300_000;
const RETRIED_AFTER = 10_000;

export class ChartChoices {
  /** @type {Set<Range>} ranges that there is data for */
  #offered = new Set();
  #symbol = "";
  /** When to ask again, by `performance.now()`. */
  #due = -Infinity;
  #section;
  /** @type {HTMLButtonElement[]} */
  #buttons;

  /**
   * @param {HTMLElement} section with radio buttons for intervals (`bars`) and kinds (`kind`), and buttons for ranges
   * @param {{onSpan: () => void, onKind: () => void}} act called when the reader has chosen: an interval or a range; a kind
   */
  constructor(section, { onSpan, onKind }) {
    this.#section = section;
    this.#buttons = [...section.querySelectorAll("button[value]")].map((each) => /** @type {HTMLButtonElement} */ (each));
    this.#check("kind", this.kind);
    section.addEventListener("change", ({ target }) => {
      const { name, value } = /** @type {HTMLInputElement} */ (target);
      writeStored(name, value);
      if (name === "kind") return onKind();
      writeStored("range", undefined);
      onSpan();
    });
    for (const button of this.#buttons) {
      button.addEventListener("click", () => {
        writeStored("range", button.value === this.range ? undefined : button.value);
        onSpan();
      });
    }
  }

  /** @returns {import("./chart.js").Kind} */
  get kind() {
    return readStored("kind") === "line" ? "line" : "candles";
  }

  /** The chosen range, if there is data for it. */
  get range() {
    return [...this.#offered].find((each) => each === readStored("range"));
  }

  /**
   * Return the interval that is chosen, by itself or with a range; else one by the minute, unless that would show less
   * than seconds do.
   *
   * @param {string} symbol
   * @returns {Promise<Interval>}
   */
  async interval(symbol) {
    const asked = this.#ask(symbol);
    // Which ranges there is data for does not matter to a reader of candles: that chart does not wait for it.
    if (this.#stored && !readStored("range")) return this.#stored;
    await asked;
    const { range } = this;
    return range ? RANGES[range].interval : this.#stored ?? (this.#offered.has("1H") ? "1m" : "1s");
  }

  /** @returns {Interval | undefined} */
  get #stored() {
    const inputs = [...this.#section.querySelectorAll("input[name=bars]")];
    const values = inputs.map((each) => /** @type {HTMLInputElement} */ (each).value);
    return /** @type {Interval | undefined} */ (values.find((each) => each === readStored("bars")));
  }

  /**
   * Show what is chosen.
   *
   * @param {Interval} interval
   */
  show(interval) {
    this.#check("bars", interval);
    for (const button of this.#buttons) button.setAttribute("aria-pressed", String(button.value === this.range));
  }

  /** Offer more ranges once there is data for them. Call it often. */
  renew() {
    if (this.#symbol && performance.now() >= this.#due) void this.#ask(this.#symbol);
  }

  /** @param {string} symbol */
  async #ask(symbol) {
    if (symbol === this.#symbol && performance.now() < this.#due) return;
    if (symbol !== this.#symbol) this.#offer(new Set());
    this.#symbol = symbol;
    this.#due = performance.now() + RENEWED_AFTER;
    const found = await rangesWithData(symbol);
    if (symbol !== this.#symbol) return;
    if (found) this.#offer(found);
    else this.#due = performance.now() + RETRIED_AFTER;
  }

  /** @param {Set<Range>} ranges */
  #offer(ranges) {
    this.#offered = ranges;
    for (const button of this.#buttons) button.hidden = !ranges.has(/** @type {Range} */ (button.value));
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  #check(name, value) {
    for (const each of this.#section.querySelectorAll(`input[name=${name}]`)) {
      const input = /** @type {HTMLInputElement} */ (each);
      input.checked = input.value === value;
    }
  }
}
