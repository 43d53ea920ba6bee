/** A menu that lies over the page: Escape and a click beside it close it. */

/** @param {HTMLDetailsElement} menu */
export function bindMenu(menu) {
  menu.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
  document.addEventListener("click", ({ target }) => {
    const clicked = /** @type {Node} */ (target);
    // What a click has taken out of the menu was in it.
    if (clicked.isConnected && !menu.contains(clicked)) menu.open = false;
  });
}
