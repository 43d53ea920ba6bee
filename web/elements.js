/**
 * Live prices in anybody's page: `<tickcast-price symbol="AAPL">` and `<tickcast-ticker symbols="AAPL,MSFT">`.
 *
 *     <script type="module" src="/elements.js"></script>
 *     Apple stands at <tickcast-price symbol="AAPL"></tickcast-price>.
 *
 * All elements of a page share one stream. docs/elements.md is the full description.
 */

import { TickcastPrice } from "./elements/price.js";
import { TickcastTicker } from "./elements/ticker.js";

export { TickcastPrice, TickcastTicker };

define("tickcast-price", TickcastPrice);
define("tickcast-ticker", TickcastTicker);

/**
 * @param {string} name
 * @param {CustomElementConstructor} element
 */
function define(name, element) {
  // A page may load this module twice, from two addresses: the first one stays.
  if (!customElements.get(name)) customElements.define(name, element);
}
