/** Dark or light, and the colours of moves: as the system says, until the reader chooses. */

import { readStored, writeStored } from "./settings.js";

const THEMES = /** @type {const} */ (["system", "light", "dark"]);
const PALETTES = /** @type {const} */ (["red", "blue"]);

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

/**
 * Apply the reader's choice, and every change of it.
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
    select.value = allowed.find((each) => each === readStored(name)) ?? allowed[0];
    show();
    select.addEventListener("change", () => {
      writeStored(name, select.value === allowed[0] ? undefined : select.value);
      show();
      onChange();
    });
  }
  dark.addEventListener("change", onChange);
}

/**
 * Return a function that returns a colour of theme.css by its name, as it is now.
 *
 * @param {HTMLElement} probe an invisible element
 */
export function colours(probe) {
  return (/** @type {string} */ name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
}
