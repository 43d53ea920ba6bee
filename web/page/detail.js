/** The charted symbol: its price in large type, and its chart. */

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

/** Bars of history that are read. */
const BARS = 500;

/** Least minute bars for a chart by the minute: with fewer, a chart by the second shows more. */
const MINUTES = 15;

/**
 * Return the interval that shows most of a symbol, for a reader who has not chosen one.
 *
 * @param {string} symbol
 * @returns {Promise<Interval>}
 */
export async function fittingInterval(symbol) {
  const bars = await readBars(symbol, "1m", MINUTES);
  return bars && bars.length >= MINUTES ? "1m" : "1s";
}

/** The places that are filled, by their `data-place`. */
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
  /** Whether the bars are those of a feed that has started over since the display was frozen. */
  #outdated = false;
  /** Whether the history of a new symbol or interval is still to come. */
  #loading = false;
  /** Whether the symbol has left the feed, and has not returned yet. */
  #gone = false;
  /** Number of failed reads of history since the last success, and the timer of the next. */
  #failures = 0;
  #retryTimer = 0;
  /** Digits after the point of the prices as drawn. */
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
   * Begin with another symbol; `turnTo` must follow.
   *
   * @param {Quote} quote
   * @param {boolean} old
   */
  begin(quote, old) {
    this.symbol = quote.symbol;
    this.#gone = false;
    this.#empty();
    this.show(quote, old);
  }

  /**
   * Load a symbol and an interval; the stream must bring their bars.
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

  /** Clear the chart: until the history is read, it would show another symbol's candles under this name. */
  #empty() {
    this.#candles = new Candles();
    this.#loading = this.symbol !== "";
    this.#draw(true);
  }

  /** Read history: for a new symbol, and again after a gap. */
  async refresh() {
    const { symbol, interval } = this;
    if (!symbol) return;
    const candles = this.#candles;
    const { came } = candles;
    const [history] = await Promise.all([readBars(symbol, interval, BARS), this.#ready]);
    if (candles !== this.#candles) return;
    clearTimeout(this.#retryTimer);
    if (history) candles.merge(history, came);
    else this.#retryTimer = setTimeout(() => void this.refresh(), backOff(this.#failures, Math.random()));
    this.#failures = history ? 0 : this.#failures + 1;
    // For a new symbol or interval, scroll to its newest bars once they are all there.
    const replaced = this.#loading;
    if (history) this.#loading = false;
    this.#draw(replaced);
  }

  /** Read history again after a gap of the feed: bars may have lost ticks. */
  async repair() {
    this.#candles.free();
    await this.refresh();
  }

  /** Forget all bars and read history: the feed has started over. A frozen display does so once it thaws. */
  async startOver() {
    this.#outdated = this.frozen;
    if (this.frozen) return;
    this.#empty();
    await this.refresh();
  }

  /** Say that the symbol has left the feed, and forget its bars: if it returns, others begin. */
  leave() {
    clearTimeout(this.#retryTimer);
    this.#failures = 0;
    this.#gone = true;
    this.#candles = new Candles();
    this.#loading = false;
    this.#draw(true);
  }

  /** Read history at once if the last read failed: a gateway is there again. */
  retry() {
    if (this.#failures) void this.refresh();
  }

  /** Show no symbol. */
  clear() {
    this.begin({ symbol: "" }, false);
  }

  /** Apply the colours of the theme. */
  paint() {
    this.#chart?.paint();
    this.#draw();
  }

  /**
   * Take in live bars; those of other symbols and intervals are ignored.
   *
   * @param {Bar[]} bars
   */
  take(bars) {
    for (const bar of bars) {
      if (bar.S !== this.symbol || bar.i !== this.interval) continue;
      this.#gone = false;
      const change = this.#candles.add(bar);
      if (this.frozen) continue;
      const first = this.#candles.bars.length === 1;
      if (change === "all" || first || this.#digits !== this.#drawn) this.#draw(first);
      else if (change === "last") this.#chart?.update(bar);
    }
  }

  /** Show what came while the display was frozen. */
  thaw() {
    this.frozen = false;
    if (this.#outdated) void this.startOver();
    else this.#draw();
  }

  /** @param {boolean} old the price may be outdated: it has not come again since ticks were lost */
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
    const returned = this.#gone && Boolean(quote.tick);
    if (returned) this.#gone = false;
    if (returned || this.#digits !== this.#drawn) this.#draw();
    this.#name();
  }

  /** Digits after the point of the chart's prices. */
  get #digits() {
    return Math.max(digitsOf(this.#quote)[1], this.#candles.digits);
  }

  /** Describe the chart in words, for screen readers. */
  #name() {
    const newest = this.#chart?.newest() ?? "";
    const of = this.symbol && ` of ${this.symbol}, ${this.interval} each`;
    const label = `Candles and volume${of}${newest && `; the newest: ${newest}`}`;
    this.#places.chart.setAttribute("aria-label", label);
  }

  /** @param {boolean} [replaced] another symbol or interval: even a frozen display must not keep the old bars */
  #draw(replaced) {
    if (!this.#chart || (this.frozen && !replaced)) return;
    const { bars } = this.#candles;
    this.#drawn = this.#digits;
    this.#chart.show(bars, this.#drawn, replaced);
    this.#note(bars.length ? "" : this.#lack);
    this.#name();
  }

  /** Why there is no bar. */
  get #lack() {
    if (this.#loading) return "Loading";
    if (this.#gone) return `${this.symbol} has left the feed.`;
    return this.symbol ? "No bars yet." : "No symbol is chosen.";
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
