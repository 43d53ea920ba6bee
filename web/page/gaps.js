/** What a page does about what its stream has missed: marks it as old until it has come, and reads it again. */

/** Reasons of gaps after which every price that has moved comes again. */
const RENEWED = new Set(["slow", "retention", "feed", "reset"]);

/** Those after which another publisher, or another day, may tell other reference prices. */
const RESTARTED = new Set(["feed", "reset"]);

export class Losses {
  #gaps = 0;
  #reconnects = 0;
  #table;
  #detail;
  #instruments;

  /**
   * @param {import("./table.js").Table} table
   * @param {import("./detail.js").Detail} detail
   * @param {import("./instruments.js").Instruments} instruments
   */
  constructor(table, detail, instruments) {
    this.#table = table;
    this.#detail = detail;
    this.#instruments = instruments;
  }

  /**
   * Do what a state asks for.
   *
   * @param {Readonly<import("../tickcast.js").State>} state
   * @param {ReadonlyMap<string, import("../tickcast.js").Tick>} newest ticks that are held
   */
  follow({ gaps, gapReason, reconnects, whole }, newest) {
    if (gaps > this.#gaps) {
      this.#gaps = gaps;
      if (RENEWED.has(gapReason)) this.#table.age();
      if (RESTARTED.has(gapReason)) this.#instruments.renew();
      void this.#detail.refresh();
    }
    if (reconnects > this.#reconnects) {
      this.#reconnects = reconnects;
      this.#instruments.renew();
      this.#detail.retry();
    }
    if (whole) this.#table.renew(newest);
    this.#detail.old = this.#table.rows.get(this.#detail.symbol)?.old ?? false;
  }
}
