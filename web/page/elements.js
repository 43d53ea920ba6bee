/** The elements of the page, by id. */

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
  // Writing the same text again would make a screen reader repeat it.
  if (shown.textContent !== text) shown.textContent = text;
}
