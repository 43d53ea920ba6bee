/** The charted symbol: its price in large type, and its chart. */

import { mark } from "./cell.js";
import { Chart, loadLibrary } from "./chart.js";
import { firstOf } from "./chart_ranges.js";
import { changeOf, changeText, digitsOf, percentText } from "./columns.js";
import { Crosshair } from "./crosshair.js";
import { DetailBars } from "./detail_bars.js";
import { formingCandle } from "./forming_candle.js";
import { NOTHING, price } from "./numbers.js";
import { besides } from "./symbol_state.js";

/** @typedef {import("../tickcast.js").Bar} Bar */
/** @typedef {import("./columns.js").Quote} Quote */
/** @typedef {import("./charted_bars.js").Change} Change */

/** The places that are filled, by their `data-place`. */
const PLACES = /** @type {const} */ (["symbol", "src", "name", "last", "change", "day", "note", "chart", "values", "cursor"]);

export class Detail {
  symbol = "";
  /** Whether the display is frozen. */
  frozen = false;
  #bars = new DetailBars({ onChange: (change) => this.#change(change), onDay: () => this.#drawDay() });
  /** @type {import("./chart_ranges.js").Range | undefined} */
  #range;
  /** @type {Chart | undefined} */
  #chart;
  /** @type {Crosshair | undefined} */
  #crosshair;
  /** @type {Quote} */
  #quote = { symbol: "" };
  /** @type {Record<typeof PLACES[number], HTMLElement>} */
  #places;
  #section;
  /** Whether the bars are those of a feed that has started over since the display was frozen. */
  #outdated = false;
  /** Whether the symbol has left the feed, and has not returned yet. */
  #gone = false;
  /** Digits after the point of the prices as drawn. */
  #drawn = 0;
  /** The newest candle as drawn, and whether bars have come that are not drawn yet.
   * @type {Bar | undefined} */
  #newest;
  #came = false;

  /**
   * @param {HTMLElement} section with a place for each part, named by `data-place`
   * @param {(name: string) => string} colour of the theme, by name
   * @param {import("./chart.js").Kind} kind
   */
  constructor(section, colour, kind) {
    this.#section = section;
    const place = (/** @type {string} */ name) => section.querySelector(`[data-place="${name}"]`);
    this.#places = /** @type {any} */ (Object.fromEntries(PLACES.map((name) => [name, place(name)])));
    void this.#load(colour, kind);
  }

  /**
   * @param {(name: string) => string} colour
   * @param {import("./chart.js").Kind} kind
   */
  async #load(colour, kind) {
    const { chart, values, cursor } = this.#places;
    const library = await loadLibrary();
    if (!library) return this.#note("No chart: this gateway was started without lightweight-charts. `make install` fetches it.");
    this.#chart = new Chart(library, chart, colour);
    this.#crosshair = new Crosshair(values, cursor, this.#chart);
    this.kind = kind;
    this.#draw(true);
    this.#drawDay();
  }

  /** @param {import("./chart.js").Kind} kind */
  set kind(kind) {
    if (this.#chart) this.#chart.kind = kind;
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
    this.#bars.begin(this.symbol);
    this.show(quote, old);
  }

  /**
   * Load the interval of a symbol that has begun; the stream must bring its bars.
   *
   * @param {import("./bar_rollup.js").Interval} interval
   * @param {import("./chart_ranges.js").Range} [range] that is shown of it
   */
  async turnTo(interval, range) {
    this.#range = range;
    await this.#bars.turnTo(interval);
  }

  /** Read history: after a gap. */
  refresh() {
    return this.#bars.refresh();
  }

  /** Read history again after a gap of the feed: bars may have lost ticks. */
  repair() {
    return this.#bars.repair();
  }

  /** The newest day of the symbol; undefined: it is not read, or there is none. @returns {Bar | undefined} */
  get day() {
    return this.#bars.day;
  }

  /** Forget all bars and read history: the feed has started over. A frozen display does so once it thaws. */
  async startOver() {
    this.#outdated = this.frozen;
    if (!this.frozen) await this.#bars.startOver();
  }

  /** Say that the symbol has left the feed, and forget its bars: if it returns, others begin. */
  leave() {
    this.#gone = true;
    this.#bars.leave();
  }

  /** Read history at once if the last read failed: a gateway is there again. */
  retry() {
    this.#bars.retry();
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
   * Take in live bars; those of other symbols and intervals are ignored. `show` draws them, with the tick of the same
   * moment.
   *
   * @param {Bar[]} bars
   */
  take(bars) {
    if (this.#bars.take(bars)) this.#gone = false;
  }

  /** Show what came while the display was frozen. */
  thaw() {
    this.frozen = false;
    if (this.#outdated) return void this.startOver();
    this.#draw();
    this.#drawDay();
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
    if (quote === this.#quote && !this.#came) return;
    this.#quote = quote;
    const { symbol, src, name, last, change } = this.#places;
    const { words, title } = besides(quote);
    write(symbol, quote.symbol || NOTHING);
    write(src, words);
    src.title = title;
    write(name, quote.instrument?.name ?? "");
    // However long they are, they are cut to one line.
    symbol.title = symbol.textContent ?? "";
    name.title = name.textContent ?? "";
    write(last, price(quote.tick?.p, ...digitsOf(quote)));
    write(change, `${changeText(quote)} (${percentText(quote)})`);
    mark(change, "trend", changeOf(quote));
    if (this.#chart) this.#chart.zone = quote.instrument?.tz;
    const returned = this.#gone && Boolean(quote.tick);
    if (returned) this.#gone = false;
    if (returned || this.#digits !== this.#drawn) this.#draw();
    else this.#advance();
    this.#drawDay();
    this.#name();
  }

  /** @param {Change} change */
  #change(change) {
    const first = this.#bars.bars.length === 1;
    if (change !== "last" || first || this.#digits !== this.#drawn) this.#draw(change === "other" || first);
    else this.#came = true;
  }

  /** Draw the newest candle again, as the bars and the tick shown leave it. */
  #advance() {
    const last = this.#bars.bars.at(-1);
    if (!this.#chart || this.frozen || !last) return;
    const candle = formingCandle(last, this.#quote.tick);
    const drawn = this.#newest?.t ?? Infinity;
    // The chart takes back no candle, and changes none but the newest.
    if (candle.t < drawn || (this.#came && last.t < drawn)) return this.#draw();
    // Bars that have come since: the one that was the newest may have ended otherwise than it was drawn.
    if (this.#came) for (const bar of this.#bars.since(drawn)) if (bar.t < candle.t) this.#chart.update(bar);
    this.#came = false;
    this.#newest = candle;
    this.#chart.update(candle);
    this.#crosshair?.show(this.#drawn);
  }

  /** Digits after the point of the chart's prices. */
  get #digits() {
    return Math.max(digitsOf(this.#quote)[1], this.#bars.digits);
  }

  /** Describe the chart in words, for screen readers. */
  #name() {
    const newest = this.#chart?.newest() ?? "";
    const state = besides(this.#quote).words;
    const of = this.symbol && ` of ${this.symbol}, ${this.#bars.interval} each${state && `, ${state}`}`;
    const label = `Candles and volume${of}${newest && `; the newest: ${newest}`}`;
    this.#places.chart.setAttribute("aria-label", label);
  }

  /** @param {boolean} [replaced] another symbol or interval: even a frozen display must not keep the old bars */
  #draw(replaced) {
    if (!this.#chart || (this.frozen && !replaced)) return;
    const { bars } = this.#bars;
    const last = bars.at(-1);
    this.#drawn = this.#digits;
    this.#came = false;
    this.#newest = last && formingCandle(last, this.#quote.tick);
    const before = this.#newest?.t === last?.t ? bars.slice(0, -1) : bars;
    const shown = this.#newest ? [...before, this.#newest] : [];
    this.#chart.show(shown, this.#drawn, replaced, this.#range && firstOf(shown, this.#range));
    this.#crosshair?.show(this.#drawn);
    this.#note(bars.length ? "" : this.#lack);
    this.#name();
  }

  /** Show the day's high and low. */
  #drawDay() {
    const newest = this.#bars.day;
    if (this.frozen && newest) return;
    const day = newest && formingCandle(newest, this.#quote.tick);
    const [least, most] = digitsOf(this.#quote);
    const [low, high] = [day?.l, day?.h].map((each) => price(each, least, Math.max(most, this.#bars.dayDigits)));
    write(this.#places.day, day ? `Day ${low} to ${high}` : "");
    this.#chart?.mark(day ? [["High", day.h], ["Low", day.l]] : []);
  }

  /** Why there is no bar. */
  get #lack() {
    if (this.#bars.loading) return "Loading";
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
