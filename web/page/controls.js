/** The controls above the table: search, adding a symbol, and the interval. */

/** ms without a keystroke after which the result is read out: sooner, each result would interrupt the one before. */
const PAUSE = 800;

/**
 * Call back with the search while it is typed. `/` focuses the field, Escape clears it.
 *
 * @param {HTMLInputElement} input
 * @param {(search: string) => void} onSearch
 * @param {() => void} onTyped called when typing pauses: time to read out the result
 */
export function bindFilter(input, onSearch, onTyped) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typed;
  const search = () => {
    onSearch(input.value.trim());
    clearTimeout(typed);
    typed = setTimeout(onTyped, PAUSE);
  };
  input.addEventListener("input", search);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    input.value = "";
    search();
    /** @type {HTMLElement | null} */ (document.querySelector("tbody button[tabindex='0']"))?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/** @type {HTMLElement} */ (event.target).closest("input, select, textarea")) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
}

/**
 * Return the offered interval that a gateway grants for this one; undefined if it is no interval.
 *
 * @param {HTMLSelectElement} select
 * @param {string} asked ms
 */
export function grantedInterval(select, asked) {
  if (!/^\d+$/.test(asked)) return undefined;
  const offers = [...select.options].map(({ value }) => Number(value));
  return offers.find((offer) => offer >= Number(asked)) ?? offers.at(-1);
}

/**
 * Show the current interval, and call back with each new one.
 *
 * @param {HTMLSelectElement} select
 * @param {number} interval ms
 * @param {(interval: number) => void} onChange
 */
export function bindInterval(select, interval, onChange) {
  select.value = String(interval);
  select.addEventListener("change", () => onChange(Number(select.value)));
}

/**
 * Call back with the text to be added. A refused text stays, so that it can be corrected.
 *
 * @param {HTMLFormElement} form
 * @param {(text: string) => boolean} onAdd returns whether the text was accepted
 */
export function bindAdd(form, onAdd) {
  const input = /** @type {HTMLInputElement} */ (form.elements[0]);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    const taken = onAdd(text);
    input.setAttribute("aria-invalid", String(!taken));
    if (taken) input.value = "";
  });
}
