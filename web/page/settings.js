/** What the reader has chosen, kept in this browser. A browser that keeps nothing is no reason to fail. */

const PREFIX = "tickcast.";

/**
 * @param {string} name
 * @returns {string | undefined}
 */
export function recall(name) {
  try {
    return localStorage.getItem(PREFIX + name) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} name
 * @param {string | undefined} value undefined: forget it
 */
export function remember(name, value) {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // Private windows and full stores: it holds until the page is left.
  }
}

/**
 * Return what the address names, else what is kept here.
 *
 * @param {string} name
 */
export function chosen(name) {
  return new URLSearchParams(location.search).get(name) ?? recall(name);
}

/**
 * Keep a choice, here and in the address, so that the address can be passed on.
 *
 * @param {string} name
 * @param {string | undefined} value undefined: the usual one
 */
export function choose(name, value) {
  remember(name, value);
  const address = new URL(location.href);
  if (value === undefined) address.searchParams.delete(name);
  else address.searchParams.set(name, value);
  // Commas and stars are allowed in a query, and are easier to read as they are.
  const query = String(address.searchParams).replace(/%(2C|2F|3A|21)/g, decodeURIComponent);
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
}
