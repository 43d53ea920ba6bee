/** Which columns the reader wants. Those that are not among them cost nothing: they are neither written nor measured. */

import { COLUMNS, OPTIONAL } from "./columns.js";
import { bindMenu } from "./menu.js";
import { readSetting, writeSetting } from "./settings.js";

/** The column that no row can be without. */
const NEEDED = "symbol";

/** Columns of the page that are no text: the sparkline. */
const TREND = { key: "trend", title: "Trend", label: undefined };

const DEFAULT = String([...COLUMNS.filter(({ key }) => !OPTIONAL.has(key)), TREND].map(({ key }) => key));

export class ColumnChoice {
  /** Columns that the reader can choose. */
  offered = [...COLUMNS, TREND].filter(({ key }) => key !== NEEDED);
  /** @type {Set<string>} */
  #keys;

  constructor() {
    const known = new Set([...COLUMNS, TREND].map(({ key }) => key));
    const keys = (readSetting("columns") ?? DEFAULT).split(",").filter((key) => known.has(key));
    this.#keys = new Set(keys.length ? [NEEDED, ...keys] : DEFAULT.split(","));
  }

  /** The columns of texts that are shown, from left to right. */
  get shown() {
    return COLUMNS.filter(({ key }) => this.#keys.has(key));
  }

  /** The keys of the columns that are not shown. */
  get hidden() {
    return new Set([...COLUMNS, TREND].map(({ key }) => key).filter((key) => !this.#keys.has(key)));
  }

  /** @param {string} key */
  has(key) {
    return this.#keys.has(key);
  }

  /**
   * @param {string} key
   * @param {boolean} shown
   */
  set(key, shown) {
    if (shown) this.#keys.add(key);
    else this.#keys.delete(key);
    const text = String([...COLUMNS, TREND].map((each) => each.key).filter((each) => this.#keys.has(each)));
    writeSetting("columns", text === DEFAULT ? undefined : text);
  }
}

/**
 * Fill the list of columns to choose from.
 *
 * @param {HTMLElement} list
 * @param {ColumnChoice} choice
 * @param {() => void} onChange
 */
export function bindColumns(list, choice, onChange) {
  for (const { key, title, label: words } of choice.offered) {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.value = key;
    box.checked = choice.has(key);
    box.addEventListener("change", () => {
      choice.set(key, box.checked);
      onChange();
    });
    const label = document.createElement("label");
    label.append(box, words ?? title);
    list.append(label);
  }
  bindMenu(/** @type {HTMLDetailsElement} */ (list.closest("details")));
}
