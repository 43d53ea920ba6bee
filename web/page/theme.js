/** Dark or light, red and green or blue and orange: as the system says, until the reader chooses. */

import { recall, remember } from "./settings.js";

const THEMES = /** @type {const} */ (["system", "light", "dark"]);
const PALETTES = /** @type {const} */ (["red", "blue"]);

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

/**
 * Show the reader's choice, and follow it.
 *
 * @param {HTMLSelectElement} theme
 * @param {HTMLSelectElement} palette
 * @param {() => void} onChange called when colours have changed
 */
export function followTheme(theme, palette, onChange) {
  for (const [select, name, allowed] of /** @type {const} */ ([
    [theme, "theme", THEMES],
    [palette, "palette", PALETTES],
  ])) {
    const show = () => {
      if (select.value === allowed[0]) delete root.dataset[name];
      else root.dataset[name] = select.value;
    };
    select.value = allowed.find((each) => each === recall(name)) ?? allowed[0];
    show();
    select.addEventListener("change", () => {
      remember(name, select.value === allowed[0] ? undefined : select.value);
      show();
      onChange();
    });
  }
  dark.addEventListener("change", onChange);
}

/**
 * Return a function that gives the colours of theme.css by name, as they are now.
 *
 * @param {HTMLElement} probe which nobody sees
 */
export function colours(probe) {
  return (/** @type {string} */ name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
}
