/** `<tickcast-ticker symbols="AAPL,MSFT">`: a line of live prices, which moves where it does not fit. */

import { partsOf, symbolsOf } from "./attributes.js";
import { FeedElement } from "./feed_element.js";
import { Motion } from "./motion.js";
import { QuoteView } from "./quote_view.js";
import { isPattern } from "../tickcast/symbol.js";

/** Symbols that a ticker shows, at most; how many more there are stands behind them. */
const MOST = 100;

export class TickcastTicker extends FeedElement {
  static observedAttributes = ["symbols", "show", "url", "interval", "still"];

  #line = document.createElement("ul");
  /** @type {Map<string, {item: HTMLLIElement, view: QuoteView}>} by symbol */
  #shown = new Map();
  /** @type {Set<string>} what there is to show, also beyond the most that are shown */
  #listed = new Set();
  #planned = false;
  #more = document.createElement("li");
  /** @type {Motion | undefined} */
  #motion;

  /** @param {ShadowRoot} root */
  build(root) {
    this.#shown.clear();
    this.#line = document.createElement("ul");
    this.#more.className = "more";
    this.#motion?.end();
    this.#motion = new Motion(root, this.#line, !this.hasAttribute("still"));
    return symbolsOf(this.getAttribute("symbols"), true);
  }

  disconnectedCallback() {
    this.#motion?.end();
    super.disconnectedCallback();
  }

  /** @param {string} symbol */
  showSymbol(symbol) {
    const { feed } = this;
    const shown = this.#shown.get(symbol);
    if (!feed) return;
    if (shown) shown.view.show(feed.quote(symbol));
    else if (!this.#listed.has(symbol)) this.#plan();
  }

  /** A pattern has more symbols now: arrange them once, however many come together. */
  #plan() {
    if (this.#planned) return;
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      this.showAll();
    });
  }

  showAll() {
    const { feed } = this;
    const symbols = this.#find();
    this.#listed = new Set(symbols);
    this.#arrange(symbols.slice(0, MOST), symbols.length - MOST);
    if (feed) for (const [symbol, { view }] of this.#shown) view.show(feed.quote(symbol));
    const complaint = this.complaint("?");
    if (complaint) this.#add("?").view.show(complaint);
  }

  /** Return the symbols to show: in the order in which they are named, those of a pattern by name. */
  #find() {
    const { feed } = this;
    if (!feed) return [];
    const entries = this.symbols.map((each) => feed.fold(each));
    return [...new Set(entries.flatMap((each) => (isPattern(each) ? feed.matching([each]).sort() : each)))];
  }

  /**
   * @param {string[]} symbols
   * @param {number} left how many more there are
   */
  #arrange(symbols, left) {
    const text = left > 0 ? `and ${left} more` : "";
    if (this.#more.textContent !== text) this.#more.textContent = text;
    if (symbols.length === this.#shown.size && symbols.every((each) => this.#shown.has(each))) return;
    const wanted = new Set(symbols);
    for (const [symbol, { item }] of this.#shown) {
      if (wanted.has(symbol)) continue;
      item.remove();
      this.#shown.delete(symbol);
    }
    const items = symbols.map((each) => (this.#shown.get(each) ?? this.#add(each)).item);
    this.#line.append(...items, this.#more);
  }

  /** @param {string} symbol */
  #add(symbol) {
    const item = document.createElement("li");
    const made = { item, view: new QuoteView(item, partsOf(this.getAttribute("show"), ["symbol", "price", "change"])) };
    item.className = "quote";
    this.#line.append(item);
    this.#shown.set(symbol, made);
    return made;
  }
}
