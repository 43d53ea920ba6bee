/** The chosen symbol: its price, large, and its chart. */

import { backOff } from "../tickcast/backoff.js";
import { Candles } from "./candles.js";
import { Chart, loadLibrary } from "./chart.js";
import { changeOf, changeText, digitsOf, percentText } from "./columns.js";
import { mark } from "./cell.js";
import { readBars } from "./bar_history.js";
import { NOTHING, price } from "./numbers.js";

/** @typedef {import("../tickcast.js").Bar} Bar */
/** @typedef {import("./columns.js").Quote} Quote */
/** @typedef {"1s" | "1m"} Interval */

/** Bars of history. */
const BARS = 500;

/** Minutes that a chart of them must have; where there are fewer yet, seconds say more. */
const MINUTES = 15;

/**
 * Return the interval that shows most of a symbol, for a reader who has chosen none.
 *
 * @param {string} symbol
 * @returns {Promise<Interval>}
 */
export async function fitting(symbol) {
  const bars = await readBars(symbol, "1m", MINUTES);
  return bars && bars.length >= MINUTES ? "1m" : "1s";
}

/** The places in the page that it fills. */
const PLACES = /** @type {const} */ (["symbol", "name", "last", "change", "note", "chart"]);

export class Detail {
  symbol = "";
  /** @type {Interval} */
  interval = "1m";
  /** Whether the display is frozen. */
  frozen = false;
  #candles = new Candles();
  /** @type {Chart | undefined} */
  #chart;
  /** @type {Quote} */
  #quote = { symbol: "" };
  /** @type {Record<typeof PLACES[number], HTMLElement>} */
  #places;
  #section;
  #ready;
  /** Whether the history of another symbol or interval is still to come. */
  #turning = false;
  /** Readings of history that have failed since the last one that did not, and the next one. */
  #failures = 0;
  #again = 0;
  /** Digits of the prices as they are drawn. */
  #drawn = 0;

  /**
   * @param {HTMLElement} section with a place for each part, named by `data-place`
   * @param {(name: string) => string} colour of the theme, by name
   */
  constructor(section, colour) {
    this.#section = section;
    const place = (/** @type {string} */ name) => section.querySelector(`[data-place="${name}"]`);
    this.#places = /** @type {any} */ (Object.fromEntries(PLACES.map((name) => [name, place(name)])));
    this.#ready = this.#load(colour);
  }

  /** @param {(name: string) => string} colour */
  async #load(colour) {
    const library = await loadLibrary();
    if (library) this.#chart = new Chart(library, this.#places.chart, colour);
    else this.#note("No chart: this gateway was started without lightweight-charts. `make install` fetches it.");
  }

  /**
   * Begin with another symbol; `turnTo` is to follow.
   *
   * @param {Quote} quote
   * @param {boolean} old
   */
  begin(quote, old) {
    this.symbol = quote.symbol;
    this.#empty();
    this.show(quote, old);
  }

  /**
   * Turn to a symbol and an interval; the stream must bring their bars.
   *
   * @param {string} symbol
   * @param {Interval} interval
   */
  async turnTo(symbol, interval) {
    this.symbol = symbol;
    this.interval = interval;
    this.#empty();
    await this.refresh();
  }

  /** Take away what is drawn: under the name of another symbol it would be a lie, for as long as a reading takes. */
  #empty() {
    this.#candles = new Candles();
    this.#turning = this.symbol !== "";
    this.#draw(true);
  }

  /** Read history again: at a new symbol, and where the stream has missed something. */
  async refresh() {
    const { symbol, interval } = this;
    if (!symbol) return;
    const candles = this.#candles;
    const { came } = candles;
    const [history] = await Promise.all([readBars(symbol, interval, BARS), this.#ready]);
    if (candles !== this.#candles) return;
    clearTimeout(this.#again);
    if (history) candles.merge(history, came);
    else this.#again = setTimeout(() => void this.refresh(), backOff(this.#failures, Math.random()));
    this.#failures = history ? 0 : this.#failures + 1;
    // The newest bars, wherever the reader had scrolled to, once what was turned to has all come.
    const anew = this.#turning;
    if (history) this.#turning = false;
    this.#draw(anew);
  }

  /** Ask for history at once, if the last reading has failed: a gateway is there again. */
  retry() {
    if (this.#failures) void this.refresh();
  }

  /** Show no symbol. */
  clear() {
    this.begin({ symbol: "" }, false);
  }

  /** Take on the colours of the theme. */
  paint() {
    this.#chart?.paint();
    this.#draw();
  }

  /**
   * Take in bars as they come; those of other symbols and intervals are not for it.
   *
   * @param {Bar[]} bars
   */
  take(bars) {
    for (const bar of bars) {
      if (bar.S !== this.symbol || bar.i !== this.interval) continue;
      const change = this.#candles.add(bar);
      if (this.frozen) continue;
      const first = this.#candles.bars.length === 1;
      if (change === "all" || first || this.#digits !== this.#drawn) this.#draw(first);
      else if (change === "last") this.#chart?.update(bar);
    }
  }

  /** Show what has come while the display was frozen. */
  thaw() {
    this.frozen = false;
    this.#draw();
  }

  /** @param {boolean} old the price may not be the newest: it has not come again since ticks were lost */
  set old(old) {
    this.#section.toggleAttribute("data-old", old);
  }

  /**
   * @param {Quote} quote of the symbol
   * @param {boolean} [old]
   */
  show(quote, old = false) {
    this.old = old;
    this.#quote = quote;
    const { symbol, name, last, change } = this.#places;
    write(symbol, quote.symbol || NOTHING);
    write(name, quote.instrument?.name ?? "");
    write(last, price(quote.tick?.p, ...digitsOf(quote)));
    write(change, `${changeText(quote)} (${percentText(quote)})`);
    mark(change, "trend", changeOf(quote));
    if (this.#digits !== this.#drawn) this.#draw();
    this.#name();
  }

  /** Digits after the point that the chart's prices need. */
  get #digits() {
    return Math.max(digitsOf(this.#quote)[1], this.#candles.digits);
  }

  /** Tell in words what is drawn, for those who cannot see it. */
  #name() {
    const newest = this.#chart?.newest() ?? "";
    const of = this.symbol && ` of ${this.symbol}, ${this.interval} each`;
    const label = `Candles and volume${of}${newest && `; the newest: ${newest}`}`;
    this.#places.chart.setAttribute("aria-label", label);
  }

  /** @param {boolean} [anew] another symbol or interval: a frozen display must not keep the old one's bars */
  #draw(anew) {
    if (!this.#chart || (this.frozen && !anew)) return;
    const { bars } = this.#candles;
    this.#drawn = this.#digits;
    this.#chart.show(bars, this.#drawn, anew);
    this.#note(bars.length ? "" : this.#turning ? "Loading" : this.symbol ? "No bars yet." : "No symbol is chosen.");
    this.#name();
  }

  /** @param {string} text */
  #note(text) {
    write(this.#places.note, text);
    this.#places.note.hidden = !text;
  }
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
