/** The reader's list: as this visit shows it, and as it is kept for the next one, which is never a refused list. */

import { choose, chosen } from "./settings.js";
import { ALL, asked, hidden, parseList, unfit } from "./watchlist.js";

export class KeptList {
  /** @type {readonly string[]} as watchlist.js has them */
  entries = [];
  /** @type {readonly string[]} those that a stream is asked for */
  asked = [];
  /** @type {ReadonlySet<string>} symbols that are not shown though a prefix covers them */
  hidden = new Set();
  /** What was kept and can be no entry. */
  unfit;
  /** The list before the first change that the gateways refused; the present one, if they refuse none.
   * @type {readonly string[]} */
  #accepted;
  #refused = false;
  #kept;
  /** Whether all symbols stand in for a list that was refused. It stays kept, whatever is changed in this visit. */
  #standsIn = false;

  constructor() {
    const text = chosen("symbols") ?? ALL;
    const list = parseList(text);
    this.unfit = unfit(text);
    // An empty list is a choice too; one of which nothing can be read is none.
    this.#show(list.length || !text.trim() ? list : [ALL]);
    this.#accepted = this.entries;
    this.#kept = String(this.entries);
  }

  /** @param {readonly string[]} entries the whole new list */
  change(entries) {
    if (!this.#refused) this.#accepted = this.entries;
    this.#show(entries);
    this.#keep(entries);
  }

  /** Show all symbols for this visit, in place of a list that no gateway takes. */
  standIn() {
    this.#standsIn = true;
    this.#show([ALL]);
  }

  /**
   * Take note of whether the stream has taken the list.
   *
   * @param {Pick<import("../tickcast.js").State, "link" | "status" | "detail">} state
   */
  review({ link, status, detail }) {
    if (link !== "open") return;
    this.#refused = Boolean(status || detail);
    this.#keep(this.#refused ? this.#accepted : this.entries);
  }

  /** @param {readonly string[]} entries */
  #show(entries) {
    this.entries = entries;
    this.asked = asked(entries);
    this.hidden = hidden(entries);
  }

  /** @param {readonly string[]} entries */
  #keep(entries) {
    const text = String(entries);
    if (this.#standsIn || text === this.#kept) return;
    this.#kept = text;
    choose("symbols", text === ALL ? undefined : text);
  }
}
