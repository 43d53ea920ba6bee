/** Where the gateway is that this library was loaded from. Pure but for its own address. */

/** Of this file, from where the gateway's routes begin. */
const PATH = "/tickcast/home.js";

/**
 * Return the address of the stream for who names none: it is beside the library, behind whatever path an app or a proxy
 * puts before it. A library that was bundled, installed, or comes from another origin says nothing of a gateway: then
 * it is at the root of the page's own origin.
 *
 * @param {string} [module] address of this file
 * @param {string} [page] origin of the page
 */
export function ownStream(module = import.meta.url, page = globalThis.location?.origin) {
  const { origin, pathname } = new URL(module);
  const ours = origin === page && pathname.endsWith(PATH) && !pathname.includes("/node_modules/");
  return ours ? `${pathname.slice(0, -PATH.length)}/v1/stream` : "/v1/stream";
}
