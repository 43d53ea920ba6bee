/** The reader's settings, stored in this browser and named in the address. Works without storage too. */

const PREFIX = "tickcast.";

/**
 * Return what is stored in this browser.
 *
 * @param {string} name
 * @returns {string | undefined}
 */
export function readStored(name) {
  try {
    return localStorage.getItem(PREFIX + name) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * Store a value in this browser.
 *
 * @param {string} name
 * @param {string | undefined} value undefined: remove it
 */
export function writeStored(name, value) {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // A private window, or full storage: the setting holds until the page is left.
  }
}

/**
 * Return a setting: from the address, else from this browser.
 *
 * @param {string} name
 */
export function readSetting(name) {
  return new URLSearchParams(location.search).get(name) ?? readStored(name);
}

/**
 * Set a setting, in this browser and in the address, so that the address can be shared.
 *
 * @param {string} name
 * @param {string | undefined} value undefined: the default
 */
export function writeSetting(name, value) {
  writeStored(name, value);
  const address = new URL(location.href);
  if (value === undefined) address.searchParams.delete(name);
  else address.searchParams.set(name, value);
  // These characters are allowed in a query, and easier to read unescaped.
  const query = String(address.searchParams).replace(/%(2C|2F|3A|21|40|24)/g, decodeURIComponent);
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
}
