/** `<tickcast-price symbol="AAPL">`: one live price within a text, with its change and always with its state. */

import { partsOf, symbolsOf } from "./attributes.js";
import { FeedElement } from "./feed_element.js";
import { QuoteView } from "./quote_view.js";

export class TickcastPrice extends FeedElement {
  static observedAttributes = ["symbol", "show", "url", "interval"];

  /** @type {QuoteView | undefined} */
  #view;

  /** @param {ShadowRoot} root */
  build(root) {
    const line = document.createElement("span");
    line.className = "quote";
    this.#view = new QuoteView(line, partsOf(this.getAttribute("show"), ["price", "change"]));
    root.replaceChildren(line);
    const { symbols, trouble } = symbolsOf(this.getAttribute("symbol"), false);
    if (symbols.length > 1) return { symbols: [], trouble: "it shows one symbol; <tickcast-ticker> shows several" };
    return { symbols: trouble ? [] : symbols, trouble };
  }

  showSymbol() {
    this.showAll();
  }

  showAll() {
    const { feed } = this;
    const [symbol = ""] = this.symbols;
    const quote = this.complaint(this.getAttribute("symbol") ?? "") ?? feed?.quote(feed.fold(symbol));
    if (!quote) return;
    this.#view?.show(quote);
    // For the page's own styles.
    if (this.dataset.state !== quote.standing.state) this.dataset.state = quote.standing.state;
  }
}
