/** What the page does after a gap: marks prices as old until they come again, and reads again what it can. */

/** Reasons of gaps after which a snapshot resends every price that has moved. */
const PRICES_RESENT = new Set(["slow", "retention", "feed", "reset"]);

/** Reasons after which the reference prices may be those of another publisher or another day. */
const REFERENCE_MAY_DIFFER = new Set(["feed", "reset"]);

export class Gaps {
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
   * React to a change of the state.
   *
   * @param {Readonly<import("../tickcast.js").State>} state
   * @param {ReadonlyMap<string, import("../tickcast.js").Tick>} newest tick of each symbol
   */
  follow({ gaps, gapReason, reconnects, whole }, newest) {
    if (gaps > this.#gaps) {
      this.#gaps = gaps;
      if (PRICES_RESENT.has(gapReason)) this.#table.markOld();
      if (REFERENCE_MAY_DIFFER.has(gapReason)) this.#instruments.renew();
      void this.#detail.refresh();
    }
    if (reconnects > this.#reconnects) {
      this.#reconnects = reconnects;
      this.#instruments.renew();
      this.#detail.retry();
    }
    if (whole) this.#table.unmarkNewest(newest);
    this.#detail.old = this.#table.rows.get(this.#detail.symbol)?.old ?? false;
  }
}
