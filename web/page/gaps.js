/** What the page does after a gap: marks prices as old until they come again, and reads again what it can. */

/** Reasons of gaps after which a snapshot resends every price that has moved. */
const PRICES_RESENT = new Set(["slow", "retention", "feed", "reset"]);

/** Reasons after which `q` may have gone back, and reference prices may be those of another publisher or another day. */
const FEED_MAY_DIFFER = new Set(["feed", "reset"]);

export class Gaps {
  #gaps = 0;
  #reconnects = 0;
  #epoch = "";
  /** Whether the feed has started over, and its symbols are not all known yet. */
  #startedOver = false;
  #quotes;
  #detail;
  #instruments;
  #histories;

  /**
   * @param {import("./quotes.js").Quotes} quotes
   * @param {import("./detail.js").Detail} detail
   * @param {import("./instruments.js").Instruments} instruments
   * @param {readonly {startOver: () => void}[]} histories of the rows
   */
  constructor(quotes, detail, instruments, histories) {
    this.#quotes = quotes;
    this.#detail = detail;
    this.#instruments = instruments;
    this.#histories = histories;
  }

  /**
   * React to a change of the state.
   *
   * @param {Readonly<import("../tickcast.js").State>} state
   * @param {ReadonlyMap<string, import("../tickcast.js").Tick>} newest tick of each symbol
   * @param {boolean} frozen the display keeps the prices that it has
   */
  follow({ gaps, gapReason, reconnects, whole, epoch }, newest, frozen) {
    const startsOver = this.#epoch !== "" && epoch !== this.#epoch;
    this.#epoch = epoch;
    if (startsOver) this.#startOver();
    if (gaps > this.#gaps) {
      this.#gaps = gaps;
      if (PRICES_RESENT.has(gapReason)) this.#quotes.markOld();
      if (FEED_MAY_DIFFER.has(gapReason)) this.#instruments.renew();
      if (!startsOver) void (FEED_MAY_DIFFER.has(gapReason) ? this.#detail.repair() : this.#detail.refresh());
    }
    if (reconnects > this.#reconnects) {
      this.#reconnects = reconnects;
      this.#instruments.renew();
      this.#detail.retry();
    }
    if (whole && this.#startedOver && !frozen) {
      this.#startedOver = false;
      this.#quotes.clearGone(newest);
    }
    if (whole) this.#quotes.unmarkNewest(newest);
    this.#detail.old = this.#quotes.get(this.#detail.symbol)?.old ?? false;
  }

  #startOver() {
    this.#startedOver = true;
    for (const each of this.#histories) each.startOver();
    void this.#detail.startOver();
  }
}
