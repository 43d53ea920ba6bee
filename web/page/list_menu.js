/** The menu of the named lists: one is opened, saved or removed. */

import { element, show } from "./elements.js";
import { NamedLists } from "./named_lists.js";
import { followStored } from "./settings.js";

/**
 * @param {() => readonly string[]} entries of the list that is shown
 * @param {(text: string) => void} onOpen called with the entries of the list that is opened, with commas
 */
export function bindLists(entries, onOpen) {
  const lists = new NamedLists();
  const menu = /** @type {HTMLDetailsElement} */ (element("lists"));
  const input = /** @type {HTMLInputElement} */ (element("list-name"));

  /** @type {string | undefined} the name of the list that is shown */
  let current;

  const fill = () => {
    // The order is kept with the list; other changes are kept once it is saved again.
    if (current !== undefined && lists.isReordered(current, entries())) lists.save(current, entries());
    write();
  };

  const write = () => {
    // Another list may have the same entries.
    if (current === undefined || lists.get(current) !== String(entries())) current = lists.nameOf(entries());
    element("list-names").replaceChildren(...lists.names.map((name) => item(name, name === current)));
    show("list-current", current ?? "Lists");
  };

  /**
   * @param {string} name
   * @param {boolean} isCurrent
   */
  const item = (name, isCurrent) => {
    const open = button(name, () => {
      // Before it is shown: it may have the symbols of the list that was, which keeps its own order.
      current = name;
      onOpen(lists.get(name) ?? "");
      menu.open = false;
      menu.querySelector("summary")?.focus();
      show("notice", `List ${name}`);
    });
    if (isCurrent) open.setAttribute("aria-current", "true");
    const remove = button("×", () => {
      lists.remove(name);
      fill();
      input.focus();
      show("notice", `List ${name} removed`);
    });
    remove.setAttribute("aria-label", `Remove the list ${name}`);
    const row = document.createElement("li");
    row.append(open, remove);
    return row;
  };

  element("list-save").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = input.value.trim();
    const refused = lists.save(name, entries());
    input.setAttribute("aria-invalid", String(Boolean(refused)));
    show("notice", refused || `List ${name} saved`);
    if (refused) return;
    input.value = "";
    current = name;
    fill();
  });
  fill();
  // Another tab may have ordered the list: what this one shows must not take that back.
  followStored("lists", write);
  return fill;
}

/**
 * @param {string} text
 * @param {() => void} onClick
 */
function button(text, onClick) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", onClick);
  return made;
}
