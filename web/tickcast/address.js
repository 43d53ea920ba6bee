/**
 * The addresses of a stream: where it is opened, and with what, and where it is patched. Pure.
 *
 * @typedef {import("./types.js").Subscription} Subscription
 */

import { inQuery } from "./symbol.js";

/** Characters of an address: nginx takes a request line of 8 KiB by default. */
export const MAX_ADDRESS = 7_500;

/** Bytes in front of a stream that was held back before: as many as a gateway sends at most. */
const PADDING = 16_384;

/** Characters of the lists in a body: gateways read 64 KiB. */
export const MAX_BODY = 60_000;

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
 * Return the body of a QUERY that opens a stream, and the part of the subscription that it includes, as
 * `streamAddress` does: the body has room for several times as much.
 *
 * @param {Subscription} subscription
 * @param {string} cursor to resume after; empty: from now on
 */
export function streamBody(subscription, cursor) {
  const { interval, bars, barsOf } = subscription;
  /** @type {Subscription} */
  const included = { ...subscription, symbols: [] };
  const charted = { bars, bars_of: barsOf ?? null };
  let room = MAX_BODY - JSON.stringify(charted).length;
  if (room < MAX_BODY / 2) {
    included.bars = [];
    delete included.barsOf;
    room = MAX_BODY;
  }
  for (const symbol of subscription.symbols) {
    room -= JSON.stringify(symbol).length + 1;
    if (room < 0) break;
    included.symbols.push(symbol);
  }
  const body = { interval, format: "array", symbols: included.symbols, ...(included.bars.length ? charted : {}) };
  return { body: cursor ? { ...body, lastEventId: cursor } : body, included };
}

/**
 * Return an opening whose stream begins with so much that nobody reads that what holds back the first bytes lets go of
 * them: a virus scanner looks at some KiB before it passes any on.
 *
 * @template {{address: string, body?: object}} Opening
 * @param {Opening} opening
 * @returns {Opening}
 */
export function padded(opening) {
  const { address, body } = opening;
  // The page's own choice stays.
  if (/[?&]padding=/.test(address)) return opening;
  if (body) return { ...opening, body: { ...body, padding: PADDING } };
  return { ...opening, address: `${address}${address.includes("?") ? "&" : "?"}padding=${PADDING}` };
}

/**
 * Tell whether a part of a subscription is the whole of it.
 *
 * @param {Subscription} included
 * @param {Subscription} subscription
 */
export function isWhole(included, subscription) {
  return included.symbols.length === subscription.symbols.length && included.bars.length === subscription.bars.length;
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

/**
 * Return the address of the newest ticks, for a page whose stream is held back; empty: there is none. Of a list that is
 * too long, another part each time.
 *
 * @param {string} url of the stream
 * @param {readonly string[]} symbols
 * @param {number} [random] from 0 to 1: where the part of a long list begins
 */
export function snapshotAddress(url, symbols, random = Math.random()) {
  const [path, query] = url.split("?", 2);
  if (!path.endsWith("/stream") || !symbols.length) return "";
  // Of the stream's own query, only the access token concerns a snapshot.
  const token = new URLSearchParams(query).get("access_token");
  const shown = token === null ? "" : `${new URLSearchParams({ access_token: token })}&`;
  const address = `${path.slice(0, -"stream".length)}snapshot?${shown}symbols=`;
  const whole = address + inQuery(symbols);
  if (whole.length <= MAX_ADDRESS) return whole;
  const begin = Math.floor(random * symbols.length) % symbols.length;
  let list = "";
  for (const symbol of [...symbols.slice(begin), ...symbols.slice(0, begin)]) {
    const escaped = inQuery([symbol]);
    if (address.length + list.length + escaped.length + 1 > MAX_ADDRESS) break;
    list += list ? `,${escaped}` : escaped;
  }
  return address + list;
}

/** @param {Subscription} subscription */
function barsQuery({ bars, barsOf }) {
  if (!bars.length) return "";
  return `&bars=${bars.join(",")}${barsOf ? `&bars_of=${inQuery(barsOf)}` : ""}`;
}
