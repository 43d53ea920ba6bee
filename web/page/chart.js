/**
 * Draws bars and volume with TradingView's lightweight-charts, which the gateway serves if it is installed.
 *
 * The library's logo would add an inline style, which the content security policy forbids: the page has a link instead.
 */

import { axisText, fullText } from "./chart_times.js";
import { certain, price } from "./numbers.js";

/** @typedef {import("../tickcast.js").Bar} Bar */
/** @typedef {typeof import("lightweight-charts")} Library */
/** @typedef {"candles" | "line"} Kind */

/** Not a literal in `import()`: type checkers would look for the file. */
const LIBRARY = ["..", "vendor", "lightweight-charts.js"].join("/");

/** Most bars that are in sight at first, and the least room: that of so many bars. */
const SHOWN = 90;
const LEAST = 45;

/** Room behind the newest bar, in bars. */
const AHEAD = 2;

/** The library's number for a dotted line. */
const DOTTED = 1;

/** Return the library; undefined if the gateway has none. */
export async function loadLibrary() {
  try {
    return /** @type {Library} */ (await import(LIBRARY));
  } catch {
    return undefined;
  }
}

export class Chart {
  #library;
  #chart;
  #volume;
  #colour;
  /** @type {Kind} */
  #kind = "candles";
  /** @type {import("lightweight-charts").ISeriesApi<"Candlestick"> | import("lightweight-charts").ISeriesApi<"Line">} */
  #prices;
  /** @type {Bar[]} the bars as drawn, oldest first */
  bars = [];
  #digits = 2;
  /** @type {import("./bar_rollup.js").Interval} */
  #interval = "1m";
  /** Colours of the volume of a bar that rose, and of one that fell. */
  #washes = { up: "", down: "" };
  /** @type {[title: string, at: number][]} prices that are marked by a line */
  #levels = [];
  /** @type {import("lightweight-charts").IPriceLine[]} */
  #lines = [];
  /** Time zone of the instrument, if it names one. @type {string | undefined} */
  zone;

  /**
   * @param {Library} library
   * @param {HTMLElement} box
   * @param {(name: string) => string} colour of the theme, by name
   */
  constructor(library, box, colour) {
    this.#library = library;
    this.#colour = colour;
    this.#chart = library.createChart(box, {
      autoSize: true,
      layout: { attributionLogo: false, fontSize: 11 },
      // The library knows only UTC. With times moved by the reader's offset, an hour would come twice when clocks go
      // back.
      localization: { timeFormatter: (/** @type {number} */ at) => fullText(at, this.#interval, this.zone) },
      timeScale: {
        ...{ timeVisible: true, borderVisible: false, rightOffset: 3, lockVisibleTimeRangeOnResize: true },
        tickMarkFormatter: (/** @type {number} */ at, /** @type {number} */ kind) =>
          axisText(at, kind, this.#interval, this.zone),
      },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.14, bottom: 0.26 } },
      handleScroll: { vertTouchDrag: false, mouseWheel: false },
      handleScale: { mouseWheel: false },
      // After a finger has left it, a chart goes on by itself.
      kineticScroll: { touch: !matchMedia("(prefers-reduced-motion: reduce)").matches, mouse: false },
    });
    this.#prices = this.#addPrices();
    this.#volume = this.#chart.addSeries(library.HistogramSeries, {
      priceScaleId: "volume",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.#volume.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.paint();
  }

  #addPrices() {
    const { CandlestickSeries, LineSeries } = this.#library;
    if (this.#kind === "line") return this.#chart.addSeries(LineSeries, { lineWidth: 2 });
    return this.#chart.addSeries(CandlestickSeries, { borderVisible: false });
  }

  /** @param {Kind} kind */
  set kind(kind) {
    if (kind === this.#kind) return;
    this.#kind = kind;
    this.#lines = [];
    this.#chart.removeSeries(this.#prices);
    this.#prices = this.#addPrices();
    this.paint();
    this.#write();
    this.#mark();
  }

  /**
   * Call back with the start of the bar under the pointer, µs; undefined once there is none.
   *
   * @param {(at: number | undefined) => void} onPoint
   */
  followPointer(onPoint) {
    this.#chart.subscribeCrosshairMove(({ time, point }) => onPoint(point && time ? Number(time) * 1e6 : undefined));
  }

  /** Apply the colours of the theme. */
  paint() {
    const colour = this.#colour;
    const grid = { color: colour("--grid") };
    this.#chart.applyOptions({
      layout: {
        background: { color: "transparent" },
        textColor: colour("--dim"),
        fontFamily: getComputedStyle(document.body).fontFamily,
      },
      grid: { vertLines: grid, horzLines: grid },
      crosshair: { vertLine: { labelBackgroundColor: colour("--ink") }, horzLine: { labelBackgroundColor: colour("--ink") } },
    });
    const [upColor, downColor] = [colour("--up-bar"), colour("--down-bar")];
    const candles = { upColor, downColor, wickUpColor: upColor, wickDownColor: downColor };
    this.#prices.applyOptions(this.#kind === "line" ? { color: colour("--accent") } : candles);
    // Reading a colour computes a style: too expensive for every bar.
    this.#washes = { up: colour("--up-wash"), down: colour("--down-wash") };
    for (const line of this.#lines) line.applyOptions({ color: colour("--dim") });
  }

  /**
   * Show these bars and no others.
   *
   * @param {Bar[]} bars oldest first
   * @param {number} digits after the point, of the prices
   * @param {boolean} [replaced] another symbol, interval or range: scroll to its bars
   * @param {number} [first] place of the first bar of the range; by default as many bars as are easily seen
   */
  show(bars, digits, replaced = false, first = bars.length - Math.max(LEAST, Math.min(SHOWN, bars.length))) {
    this.bars = [...bars];
    this.#digits = digits;
    if (replaced && bars.length) this.#interval = bars[0].i;
    this.#write();
    if (!replaced) return;
    const timeScale = this.#chart.timeScale();
    this.#chart.priceScale("right").applyOptions({ autoScale: true });
    timeScale.applyOptions({ timeVisible: this.#interval !== "1d", secondsVisible: this.#interval === "1s" });
    timeScale.setVisibleLogicalRange({ from: first, to: bars.length + AHEAD });
  }

  #write() {
    // The library computes the prices of its marks: theirs are not digits that anybody sent.
    const formatter = (/** @type {number} */ value) => price(certain(value), this.#digits);
    this.#prices.applyOptions({ priceFormat: { type: "custom", formatter, minMove: 10 ** -this.#digits } });
    this.#prices.setData(/** @type {any[]} */ (this.bars.map((bar) => this.#priced(bar))));
    this.#volume.setData(this.bars.map((bar) => this.#traded(bar)));
  }

  /**
   * Show the newest bar, or a later one.
   *
   * @param {Bar} bar
   */
  update(bar) {
    if (bar.t === this.bars.at(-1)?.t) this.bars.pop();
    this.bars.push(bar);
    this.#prices.update(/** @type {any} */ (this.#priced(bar)));
    this.#volume.update(this.#traded(bar));
  }

  /**
   * Mark prices by a line each, and no others.
   *
   * @param {[title: string, at: number][]} levels
   */
  mark(levels) {
    if (String(levels) === String(this.#levels)) return;
    this.#levels = levels;
    this.#mark();
  }

  #mark() {
    for (const line of this.#lines) this.#prices.removePriceLine(line);
    const looks = { color: this.#colour("--dim"), lineWidth: /** @type {const} */ (1), lineStyle: DOTTED };
    this.#lines = this.#levels.map(([title, at]) => this.#prices.createPriceLine({ title, price: at, ...looks }));
  }

  /**
   * Set the crosshair on a bar, and scroll to it.
   *
   * @param {number} place
   * @param {Bar} bar
   */
  point(place, bar) {
    const timeScale = this.#chart.timeScale();
    const seen = timeScale.getVisibleLogicalRange();
    const step = seen && (place < seen.from ? place - seen.from : place > seen.to ? place - seen.to : 0);
    if (seen && step) timeScale.setVisibleLogicalRange({ from: seen.from + step, to: seen.to + step });
    this.#chart.setCrosshairPosition(bar.c, second(bar), this.#prices);
  }

  /** Take the crosshair away. */
  unpoint() {
    this.#chart.clearCrosshairPosition();
  }

  /**
   * Show fewer or more bars, up to the same newest one.
   *
   * @param {number} factor of how many
   */
  zoom(factor) {
    const seen = this.#chart.timeScale().getVisibleLogicalRange();
    if (!seen) return;
    this.#chart.timeScale().setVisibleLogicalRange({ from: seen.to - (seen.to - seen.from) * factor, to: seen.to });
  }

  /** Return the newest bar in words; empty if nothing is drawn. */
  newest() {
    const newest = this.bars.at(-1);
    return newest ? inWords(newest) : "";
  }

  /** @param {Bar} bar */
  #priced(bar) {
    const time = second(bar);
    if (this.#kind === "line") return { time, value: bar.c };
    return { time, open: bar.o, high: bar.h, low: bar.l, close: bar.c };
  }

  /** @param {Bar} bar */
  #traded(bar) {
    const time = second(bar);
    // A source may report no volume, which is not a volume of 0.
    if (bar.v === undefined) return { time };
    return { time, value: bar.v, color: this.#washes[bar.c < bar.o ? "down" : "up"] };
  }
}

/**
 * Return a bar in words.
 *
 * @param {Bar} bar
 */
export function inWords({ o, h, l, c, v }) {
  const [open, high, low, close] = [o, h, l, c].map((each) => certain(each));
  const volume = v === undefined ? "" : `, volume ${certain(v)}`;
  return `open ${open}, high ${high}, low ${low}, close ${close}${volume}`;
}

/** @param {Bar} bar */
function second({ t }) {
  return /** @type {import("lightweight-charts").UTCTimestamp} */ (t / 1_000_000);
}
