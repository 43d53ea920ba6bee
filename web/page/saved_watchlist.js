/** The watchlist as this visit shows it, and as it is saved for the next. A refused list is never saved. */

import { readSetting, writeSetting } from "./settings.js";
import { ALL, hidden, invalid, parseList, requested } from "./watchlist.js";

export class SavedWatchlist {
  /** @type {readonly string[]} entries as watchlist.js describes them */
  entries = [];
  /** @type {readonly string[]} entries that the stream is asked for */
  requested = [];
  /** @type {ReadonlySet<string>} symbols that are hidden though a prefix covers them */
  hidden = new Set();
  /** @type {readonly string[]} what was saved and can be no entry */
  invalid = [];
  /** The case of the feed that the list was read in.
   * @type {import("../tickcast/symbol.js").Case} */
  case = "upper";
  /** The last list that the stream has accepted, or began with.
   * @type {readonly string[]} */
  #accepted = [];
  #saved = "";
  /** Whether all symbols are shown instead of a refused list. Nothing is saved meanwhile. */
  #allInstead = false;

  constructor() {
    this.read("upper");
  }

  /**
   * Read the saved list: once more if the feed has another case than the list was read in, or a refused one may be
   * accepted now.
   *
   * @param {import("../tickcast/symbol.js").Case} symbolCase of the feed
   */
  read(symbolCase) {
    const text = readSetting("symbols") ?? ALL;
    const list = parseList(text, symbolCase);
    this.case = symbolCase;
    this.#allInstead = false;
    this.invalid = invalid(text, symbolCase);
    // An empty list is a choice too; a list without a valid entry is not.
    this.#show(list.length || !text.trim() ? list : [ALL]);
    this.#accepted = this.entries;
    this.#saved = String(this.entries);
  }

  /**
   * Change the list, and save it at once: the page may be left before the stream has accepted it.
   *
   * @param {readonly string[]} entries the whole new list
   */
  change(entries) {
    this.#show(entries);
    this.#save(entries);
  }

  /** Whether all symbols are shown instead of the saved list: `read` brings it back. */
  get isInstead() {
    return this.#allInstead;
  }

  /** Show all symbols instead of a list that the gateways refuse. */
  showAllInstead() {
    this.#allInstead = true;
    this.#show([ALL]);
  }

  /**
   * Save the list once the stream has accepted it, or go back to the last accepted one. Call it often.
   *
   * @param {Pick<import("../tickcast.js").Tickcast, "covered" | "state">} stream
   */
  review(stream) {
    if (this.entries === this.#accepted) return;
    if (stream.covered) {
      this.#accepted = this.entries;
      this.#save(this.entries);
      return;
    }
    const { link, status, detail } = stream.state;
    if (link === "open" && (status || detail)) this.#save(this.#accepted);
  }

  /** @param {readonly string[]} entries */
  #show(entries) {
    this.entries = entries;
    this.requested = requested(entries);
    this.hidden = hidden(entries);
  }

  /** @param {readonly string[]} entries */
  #save(entries) {
    const text = String(entries);
    if (this.#allInstead || text === this.#saved) return;
    this.#saved = text;
    writeSetting("symbols", text === ALL ? undefined : text);
  }
}
