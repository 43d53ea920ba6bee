/** The places of the page that are filled, by their id. */

/** @param {string} id */
export function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * @param {string} id
 * @param {string} text
 */
export function show(id, text) {
  const shown = element(id);
  // The same text again would make a screen reader say it again.
  if (shown.textContent !== text) shown.textContent = text;
}
