/** The reader's settings, stored in this browser and named in the address. Works without storage too. */

const PREFIX = "tickcast.";

/** The address as it was written last. */
let address = "";

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
 * Store a value in this browser. Return whether it could be stored.
 *
 * @param {string} name
 * @param {string | undefined} value undefined: remove it
 */
export function writeStored(name, value) {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
    return true;
  } catch {
    // A private window, or full storage: the setting holds until the page is left.
    return false;
  }
}

/**
 * Call back when another tab has stored a value, or removed it.
 *
 * @param {string} name
 * @param {(value: string | null) => void} onChange
 */
export function followStored(name, onChange) {
  addEventListener("storage", ({ key, newValue }) => {
    // No key: everything was removed.
    if (key === null || key === PREFIX + name) onChange(newValue);
  });
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
  writeAddress(name, value);
}

/**
 * Set a setting in the address alone: it holds for a reload and in a link, not for another visit.
 *
 * @param {string} name
 * @param {string | undefined} value undefined: the default
 */
export function writeAddress(name, value) {
  address = withSettings({ [name]: value });
  history.replaceState(history.state, "", address);
}

/** Write the address as it was again: an entry of the history to which the reader has gone back may have an older one. */
export function restoreAddress() {
  if (address) history.replaceState(history.state, "", address);
}

/**
 * Return the address with some settings.
 *
 * @param {Record<string, string | undefined>} settings by name; undefined: the default
 */
export function withSettings(settings) {
  const address = new URL(location.href);
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined) address.searchParams.delete(name);
    else address.searchParams.set(name, value);
  }
  // These characters are allowed in a query, and easier to read unescaped.
  const query = String(address.searchParams).replace(/%(2C|2F|3A|21|40|24)/g, decodeURIComponent);
  return query ? `?${query}` : location.pathname;
}
