/**
 * Draws candles and volume with TradingView's lightweight-charts, which the gateway serves if it is installed.
 *
 * The library's logo would add an inline style, which the content security policy forbids: the page has a link instead.
 */

import { certain, date, minute, price, time } from "./numbers.js";

/** @typedef {import("../tickcast.js").Bar} Bar */
/** @typedef {typeof import("lightweight-charts")} Library */

/** Not a literal in `import()`: type checkers would look for the file. */
const LIBRARY = ["", "vendor", "lightweight-charts.js"].join("/");

/** Most bars that are in sight at first, and the least room: that of so many bars. */
const SHOWN = 90;
const LEAST = 45;

/** Return the library; undefined if the gateway has none. */
export async function loadLibrary() {
  try {
    return /** @type {Library} */ (await import(LIBRARY));
  } catch {
    return undefined;
  }
}

export class Chart {
  #chart;
  #candles;
  #volume;
  #colour;
  #seconds = false;
  /** Colours of the volume of a bar that rose, and of one that fell. */
  #washes = { up: "", down: "" };

  /**
   * @param {Library} library
   * @param {HTMLElement} box
   * @param {(name: string) => string} colour of the theme, by name
   */
  constructor(library, box, colour) {
    this.#colour = colour;
    this.#chart = library.createChart(box, {
      autoSize: true,
      layout: { attributionLogo: false, fontSize: 11 },
      // The library knows only UTC. With times moved by the reader's offset, an hour would come twice when clocks go
      // back.
      localization: { timeFormatter: (/** @type {number} */ at) => `${date(at * 1e6)} ${this.#clock(at)}` },
      timeScale: {
        ...{ timeVisible: true, borderVisible: false, rightOffset: 3 },
        tickMarkFormatter: (/** @type {number} */ at) => this.#clock(at),
      },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.08, bottom: 0.26 } },
      handleScroll: { vertTouchDrag: false, mouseWheel: false },
      handleScale: { mouseWheel: false },
    });
    this.#candles = this.#chart.addSeries(library.CandlestickSeries, { borderVisible: false });
    this.#volume = this.#chart.addSeries(library.HistogramSeries, {
      priceScaleId: "volume",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.#volume.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.paint();
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
    this.#candles.applyOptions({ upColor, downColor, wickUpColor: upColor, wickDownColor: downColor });
    // Reading a colour computes a style: too expensive for every bar.
    this.#washes = { up: colour("--up-wash"), down: colour("--down-wash") };
  }

  /**
   * Show these bars and no others.
   *
   * @param {Bar[]} bars oldest first
   * @param {number} digits after the point, of the prices
   * @param {boolean} [replaced] another symbol or interval: scroll to its newest bars
   */
  show(bars, digits, replaced = false) {
    const formatter = (/** @type {number} */ value) => price(value, digits);
    this.#candles.applyOptions({ priceFormat: { type: "custom", formatter, minMove: 10 ** -digits } });
    if (replaced) this.#seconds = bars[0]?.i === "1s";
    this.#candles.setData(bars.map(candle));
    this.#volume.setData(bars.map((bar) => this.#traded(bar)));
    if (!replaced) return;
    const last = bars.length;
    this.#chart.priceScale("right").applyOptions({ autoScale: true });
    this.#chart.timeScale().applyOptions({ secondsVisible: this.#seconds });
    this.#chart.timeScale().setVisibleLogicalRange({ from: last - Math.max(LEAST, Math.min(SHOWN, last)), to: last + 2 });
  }

  /**
   * Show the newest bar, or a later one.
   *
   * @param {Bar} bar
   */
  update(bar) {
    this.#candles.update(candle(bar));
    this.#volume.update(this.#traded(bar));
  }

  /** Return the newest bar in words; empty if nothing is drawn. */
  newest() {
    const candle = this.#candles.data().at(-1);
    const traded = this.#volume.data().at(-1);
    if (!candle || !("open" in candle)) return "";
    const { open, high, low, close } = candle;
    const volume = traded && "value" in traded ? `, volume ${certain(traded.value)}` : "";
    const [o, h, l, c] = [open, high, low, close].map((each) => certain(each));
    return `open ${o}, high ${h}, low ${l}, close ${c}${volume}`;
  }

  /** @param {Bar} bar */
  #traded(bar) {
    const time = second(bar);
    // A source may report no volume, which is not a volume of 0.
    if (bar.v === undefined) return { time };
    return { time, value: bar.v, color: this.#washes[bar.c < bar.o ? "down" : "up"] };
  }

  /** @param {number} at seconds since the epoch */
  #clock(at) {
    return this.#seconds ? time(at * 1e6) : minute(at * 1e6);
  }
}

/** @param {Bar} bar */
function candle(bar) {
  return { time: second(bar), open: bar.o, high: bar.h, low: bar.l, close: bar.c };
}

/** @param {Bar} bar */
function second({ t }) {
  return /** @type {import("lightweight-charts").UTCTimestamp} */ (t / 1_000_000);
}
