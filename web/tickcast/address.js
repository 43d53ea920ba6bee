/**
 * The addresses of a stream: where it is opened, and where it is patched. Pure.
 *
 * @typedef {import("./types.js").Subscription} Subscription
 */

import { inQuery } from "./symbol.js";

/** Characters of an address: nginx takes a request line of 8 KiB by default. */
export const MAX_ADDRESS = 7_500;

/**
 * Return the address that opens a stream, and the part of the subscription that it includes. Symbols that do not fit
 * are left out, and so are bars whose symbols do not fit: they must be added once the stream is open.
 *
 * @param {string} url of the stream
 * @param {Subscription} subscription
 * @param {string} cursor to resume after; empty: from now on
 */
export function streamAddress(url, subscription, cursor) {
  const query = new URLSearchParams({ interval: String(subscription.interval), format: "array" });
  // A new EventSource sends no Last-Event-ID; only its own reconnection does.
  if (cursor) query.set("lastEventId", cursor);
  let address = `${url}${url.includes("?") ? "&" : "?"}${query}`;
  /** @type {Subscription} */
  const included = { ...subscription, symbols: [] };

  const bars = barsQuery(subscription);
  if (bars.length > (MAX_ADDRESS - address.length) / 2) {
    included.bars = [];
    delete included.barsOf;
  } else {
    address += bars;
  }

  let list = "";
  for (const symbol of subscription.symbols) {
    const escaped = inQuery([symbol]);
    if (address.length + "&symbols=".length + list.length + escaped.length + 1 > MAX_ADDRESS) break;
    list += list ? `,${escaped}` : escaped;
    included.symbols.push(symbol);
  }
  return { address: `${address}&symbols=${list}`, included };
}

/**
 * Return the address where a running stream is patched.
 *
 * @param {string} url of the stream
 * @param {string} stream its id
 */
export function patchAddress(url, stream) {
  const [path, query] = url.split("?", 2);
  // Of the stream's own query, only the access token concerns a patch.
  const token = new URLSearchParams(query).get("access_token");
  const rest = token === null ? "" : `?${new URLSearchParams({ access_token: token })}`;
  return `${path}s/${encodeURIComponent(stream)}${rest}`;
}

/** @param {Subscription} subscription */
function barsQuery({ bars, barsOf }) {
  if (!bars.length) return "";
  return `&bars=${bars.join(",")}${barsOf ? `&bars_of=${inQuery(barsOf)}` : ""}`;
}
