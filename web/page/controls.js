/** The controls above the table: search, adding a symbol, and the interval. */

import { readSetting, writeSetting } from "./settings.js";
import { Suggestions } from "./suggestions.js";

/** ms of the usual interval: as fast as a reader can follow, and a tenth of the bytes of every tick. */
const INTERVAL = 250;

/** ms without a keystroke after which the result is read out: sooner, each result would interrupt the one before. */
const PAUSE = 800;

/**
 * Call back with the search while it is typed. `/` focuses the field, Escape clears it, Enter takes the first result.
 *
 * @param {HTMLInputElement} input
 * @param {object} act
 * @param {(search: string) => void} act.onSearch
 * @param {() => void} act.onTyped called when typing pauses: time to read out the result, and to keep the search
 * @param {(search: string) => void} act.onEnter
 */
export function bindFilter(input, { onSearch, onTyped, onEnter }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typed;
  const search = () => {
    onSearch(input.value.trim());
    clearTimeout(typed);
    typed = setTimeout(onTyped, PAUSE);
  };
  input.addEventListener("input", search);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && input.value.trim()) {
      // Else the same press would go on to the button that has the focus by then.
      event.preventDefault();
      onEnter(input.value.trim());
    }
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
function grantedInterval(select, asked) {
  if (!/^\d+$/.test(asked)) return undefined;
  const offers = [...select.options].map(({ value }) => Number(value));
  return offers.find((offer) => offer >= Number(asked)) ?? offers.at(-1);
}

/**
 * Return the interval that the reader has chosen, else the usual one.
 *
 * @param {HTMLSelectElement} rates
 */
export function storedInterval(rates) {
  return grantedInterval(rates, readSetting("interval") ?? "") ?? INTERVAL;
}

/**
 * Show the interval of a stream, and give it each new one that the reader chooses.
 *
 * @param {HTMLSelectElement} rates
 * @param {{interval: number}} stream
 */
export function bindInterval(rates, stream) {
  rates.value = String(stream.interval);
  rates.addEventListener("change", () => {
    stream.interval = Number(rates.value);
    writeSetting("interval", stream.interval === INTERVAL ? undefined : rates.value);
  });
}

/**
 * Call back with the text to be added: what is typed if it is a symbol, else the first suggestion. A refused text
 * stays, so that it can be corrected.
 *
 * @param {HTMLFormElement} form
 * @param {(typed: string) => import("./instruments.js").Instrument[]} find
 * @param {(text: string) => boolean} isWhole whether a text is to be taken as it is
 * @param {(text: string) => boolean} onAdd returns whether the text was accepted
 */
export function bindAdd(form, find, isWhole, onAdd) {
  const input = /** @type {HTMLInputElement} */ (form.elements[0]);
  const add = (/** @type {string} */ text) => {
    if (!text) return;
    const taken = onAdd(text);
    input.setAttribute("aria-invalid", String(!taken));
    if (taken) input.value = "";
    suggestions.close();
  };
  const suggestions = new Suggestions(input, find, add);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    add(suggestions.marked || !isWhole(text) ? suggestions.first || text : text);
  });
  return suggestions;
}
