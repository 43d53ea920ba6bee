/**
 * What is drawn: in a frame whatever has changed, and at each pulse what depends on time. While the reader has paused,
 * everything stays as it was.
 */

import { OF_THE_DAY } from "./columns.js";
import { element } from "./elements.js";
import { Frames } from "./frames.js";
import { Rate } from "./rate.js";
import { feedTitle } from "./source_label.js";
import { showStatus } from "./status_line.js";
import { Tab } from "./tab.js";

/** ms between two pulses; every second one sorts and draws sparklines. */
export const PULSE = 500;

/**
 * @typedef {object} Parts
 * @property {import("../tickcast.js").Tickcast} stream
 * @property {import("./saved_watchlist.js").SavedWatchlist} list
 * @property {import("./members.js").Members} members
 * @property {import("./quotes.js").Quotes} quotes
 * @property {import("./table.js").Table} table
 * @property {import("./column_choice.js").ColumnChoice} columns
 * @property {import("./count.js").Count} count
 * @property {import("./days.js").Days} days
 * @property {import("./sparklines.js").Sparklines} sparklines
 * @property {import("./market_view.js").MarketView} market
 * @property {import("./detail.js").Detail} detail
 * @property {import("./charted_symbol.js").ChartedSymbol} charted
 * @property {import("./alert_panel.js").AlertPanel} alerts
 * @property {(symbol: string) => import("./columns.js").Quote} newest quote of a symbol, also while nothing is drawn
 */

export class Screen {
  /** When the newest tick arrived, ms since the epoch; 0: none yet. */
  lastTick = 0;
  #pausedAt = 0;
  #frames = new Frames((now) => this.#draw(now));
  #rate = new Rate();
  #pace = 0;
  #pulsed = 0;
  #pulses = 0;
  #day = new Date().getDate();
  #tab = new Tab();
  #parts;

  /** @param {() => Parts} parts that are asked for at each use: some are made after others that draw already */
  constructor(parts) {
    this.#parts = parts;
  }

  /** Draw what has changed, with the next frame. */
  request() {
    this.#frames.request();
  }

  /** Draw everything at once: the frame that says `Live` must show the new prices, the large one too. */
  catchUp() {
    this.#parts().table.hasten();
    this.#pulsed = -PULSE;
    this.#frames.now();
  }

  get #tone() {
    return /** @type {import("./status.js").Status["tone"]} */ (document.body.dataset.tone);
  }

  get isLive() {
    return this.#tone === "live";
  }

  get paused() {
    return this.#pausedAt > 0;
  }

  /** @param {boolean} paused the display keeps what it shows */
  set paused(paused) {
    const { stream, members, detail } = this.#parts();
    // What has come until now belongs to the moment that is shown, and the order of the rows too.
    if (paused) {
      this.catchUp();
      this.arrange();
    }
    members.paused = paused;
    this.#pausedAt = paused ? Date.now() : 0;
    detail.frozen = paused;
    if (!paused) detail.thaw();
    const button = element("pause");
    // The button's text alone says the state: with aria-pressed too, a screen reader would announce the opposite.
    button.classList.toggle("paused", paused);
    button.textContent = paused ? "Resume" : "Pause";
    this.showState(stream.state);
    this.request();
  }

  /** Bring the rows into order, and show how many there are. */
  arrange() {
    this.#parts().table.arrange();
    this.#showCount();
  }

  /** @param {Readonly<import("../tickcast.js").State>} state */
  showState(state) {
    showStatus(state, {
      lastTick: this.lastTick,
      pausedAt: this.#pausedAt,
      pace: this.#pace,
      quotes: this.#parts().quotes,
    });
    this.showTab();
  }

  /** Show the charted price in the tab's title. */
  showTab() {
    const { stream, quotes, detail, newest } = this.#parts();
    const { symbol } = detail;
    // Nothing is drawn in a hidden tab, of which the title is all that the reader sees.
    const follows = document.hidden && !this.paused && quotes.get(symbol);
    this.#tab.show(follows ? newest(symbol) : quotes.get(symbol), this.#tone, feedTitle(stream.state.name));
  }

  /** @param {number} now ms; everything is drawn here, once a frame at most */
  #draw(now) {
    const { table, market, detail, count } = this.#parts();
    if (!this.paused) this.#forgetGone();
    const wait = table.paint(now);
    market.paint(table.order, detail.symbol, now);
    this.#showCharted();
    if (count.isOver) this.#showCount();
    // Between two paints no frame is requested: even a frame without changes costs something.
    if (wait < Infinity) this.#frames.later(wait);
    if (now - this.#pulsed < PULSE) return;
    this.#pulsed = now;
    this.#pulse(now);
  }

  /** @param {number} now */
  #pulse(now) {
    const { stream, list, quotes, charted } = this.#parts();
    this.#pace = this.#rate.read(stream.state.received, now);
    this.showState(stream.state);
    list.review(stream);
    if (this.#day !== (this.#day = new Date().getDate())) quotes.renew();
    this.#pulses += 1;
    charted.follow();
    if (this.paused || this.#pulses % 2) return;
    this.#showHistory();
    this.arrange();
  }

  /** Show the sparklines and the days, of which some are to be read. */
  #showHistory() {
    const { stream, quotes, table, columns, count, days, sparklines } = this.#parts();
    // What nobody knows is not drawn: after a while without live prices the lines begin again.
    if (this.isLive) sparklines.advance(table.rows, stream.state.interval);
    sparklines.draw(table.rows);
    if (columns.has("trend")) void sparklines.fill(() => table.rows);
    const { byDay } = count;
    if (byDay || columns.shown.some(({ key }) => OF_THE_DAY.has(key))) {
      void days.fill(() => table.rows, byDay ? quotes.all.keys() : []);
    }
  }

  /** Show the price of the charted symbol beside the chart and in it. */
  #showCharted() {
    const { quotes, detail, alerts } = this.#parts();
    const quote = quotes.get(detail.symbol);
    alerts.symbol = detail.symbol;
    if (quote) detail.show(quote, quote.old);
    this.showTab();
  }

  #showCount() {
    const { stream, list, count } = this.#parts();
    // A list without requested symbols has no rows to wait for.
    count.show(list.requested.length > 0 && !stream.ticks.size);
  }

  /** Forget the symbols that have left the feed. */
  #forgetGone() {
    const { members, sparklines, charted, detail } = this.#parts();
    const { all, left } = members.forgetGone();
    if (!all.length) return;
    sparklines.forget(all);
    this.arrange();
    charted.replaceRemoved();
    // The charted symbol keeps its place if it was requested by name, or has returned; its bars are not its own any more.
    if (!all.includes(detail.symbol)) return;
    if (left.has(detail.symbol)) detail.leave();
    else void detail.startOver();
  }
}
