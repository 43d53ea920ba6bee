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
  /** The last list that the stream has taken, or that it begins with.
   * @type {readonly string[]} */
  #taken;
  #kept;
  /** Whether all symbols stand in for a list that was refused. It stays kept, whatever is changed in this visit. */
  #standsIn = false;

  constructor() {
    const text = chosen("symbols") ?? ALL;
    const list = parseList(text);
    this.unfit = unfit(text);
    // An empty list is a choice too; one of which nothing can be read is none.
    this.#show(list.length || !text.trim() ? list : [ALL]);
    this.#taken = this.entries;
    this.#kept = String(this.entries);
  }

  /**
   * Keep it at once: the page may be left before the stream has taken it, or while there is none.
   *
   * @param {readonly string[]} entries the whole new list
   */
  change(entries) {
    this.#show(entries);
    this.#keep(entries);
  }

  /** Show all symbols for this visit, in place of a list that no gateway takes. */
  standIn() {
    this.#standsIn = true;
    this.#show([ALL]);
  }

  /**
   * Look whether the stream has taken the list. Call it often.
   *
   * @param {Pick<import("../tickcast.js").Tickcast, "covered" | "state">} stream
   */
  review(stream) {
    if (this.entries === this.#taken) return;
    if (stream.covered) {
      this.#taken = this.entries;
      this.#keep(this.entries);
      return;
    }
    const { link, status, detail } = stream.state;
    if (link === "open" && (status || detail)) this.#keep(this.#taken);
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
