/** The search, the form and the choice of an interval above the table. */

/** ms without a keystroke after which what was found is read out: before, each would interrupt the one before. */
const TYPED = 800;

/**
 * Call back with what is searched for, while it is typed. `/` goes there, Escape clears it.
 *
 * @param {HTMLInputElement} input
 * @param {(search: string) => void} onSearch
 * @param {() => void} onTyped the search stands for a while: it is time to say what was found
 */
export function bindFilter(input, onSearch, onTyped) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typed;
  const tell = () => {
    onSearch(input.value.trim());
    clearTimeout(typed);
    typed = setTimeout(onTyped, TYPED);
  };
  input.addEventListener("input", tell);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    input.value = "";
    tell();
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
 * Return the interval on offer that a gateway grants who asks for this one; none, if it is no interval.
 *
 * @param {HTMLSelectElement} select
 * @param {string} asked ms
 */
export function granted(select, asked) {
  if (!/^\d+$/.test(asked)) return undefined;
  const offers = [...select.options].map(({ value }) => Number(value));
  return offers.find((offer) => offer >= Number(asked)) ?? offers.at(-1);
}

/**
 * Show the interval that holds, and call back with another one.
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
 * Call back with what is to be added. What was refused stays, to be mended.
 *
 * @param {HTMLFormElement} form
 * @param {(text: string) => boolean} onAdd tells whether it was taken
 */
export function bindAdding(form, onAdd) {
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
