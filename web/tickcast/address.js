/**
 * The addresses of a stream. Pure.
 *
 * @typedef {import("./types.js").Wish} Wish
 */

/** Characters of an address: nginx allows 8 KiB for the request line, unless told otherwise. */
export const MAX_ADDRESS = 7_500;

/**
 * Return the address that opens a stream, and how much of the wish it says: symbols that do not fit
 * are left out, and bars whose symbols do not. They are to be asked for once it is open.
 *
 * @param {string} url of the stream
 * @param {Wish} wish
 * @param {string} cursor to go on after; empty: from now on
 */
export function streamAddress(url, wish, cursor) {
  const query = new URLSearchParams({ interval: String(wish.interval), format: "array" });
  // A new EventSource sends no Last-Event-ID; only its own reconnection does.
  if (cursor) query.set("lastEventId", cursor);
  let address = `${url}${url.includes("?") ? "&" : "?"}${query}`;
  /** @type {Wish} */
  const said = { ...wish, symbols: [] };

  const bars = barsQuery(wish);
  if (bars.length > (MAX_ADDRESS - address.length) / 2) {
    said.bars = [];
    delete said.barsOf;
  } else {
    address += bars;
  }

  // None means all, and so does the pattern that stands alone. Nothing here needs escaping, and a
  // comma that is escaped takes three characters.
  let list = "";
  for (const symbol of wish.symbols) {
    if (address.length + "&symbols=".length + list.length + symbol.length + 1 > MAX_ADDRESS) break;
    list += list ? `,${symbol}` : symbol;
    said.symbols.push(symbol);
  }
  return { address: `${address}&symbols=${list}`, said };
}

/**
 * Return the address where a running stream is changed.
 *
 * @param {string} url of the stream
 * @param {string} stream its id
 */
export function amendAddress(url, stream) {
  const [path, query] = url.split("?", 2);
  // Of what the stream was asked for only the right of access is known here.
  const token = new URLSearchParams(query).get("access_token");
  const rest = token === null ? "" : `?${new URLSearchParams({ access_token: token })}`;
  return `${path}s/${encodeURIComponent(stream)}${rest}`;
}

/** @param {Wish} wish */
function barsQuery({ bars, barsOf }) {
  if (!bars.length) return "";
  return `&bars=${bars.join(",")}${barsOf ? `&bars_of=${barsOf.join(",")}` : ""}`;
}
