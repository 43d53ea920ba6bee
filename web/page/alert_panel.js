/** The panel of the alerts, and how one is told: in the page, and as a notification if the reader allows it. */

import { Alerts, inWords, parseAlert } from "./alerts.js";
import { element, show } from "./elements.js";
import { dated } from "./numbers.js";
import { followStored, writeStored } from "./settings.js";

/** @typedef {import("./columns.js").Quote} Quote */
/** @typedef {{words: string, at: number}} Raised an alert that was raised, and when, ms since the epoch */

/** Alerts that were raised and are still listed. */
const MOST_RAISED = 10;

/** ms within which two tabs may raise the same alert, before one hears of the other. */
const TOGETHER = 10_000;

export class AlertPanel {
  #alerts = new Alerts();
  /** @type {Raised[]} the newest first */
  #raised = [];
  #input = /** @type {HTMLInputElement} */ (element("alert-at"));
  #quoteOf;
  #symbol = "";
  /** What is listed. */
  #listed = "";

  /** @param {(symbol: string) => Quote} quoteOf the newest quote of a symbol, also while the display is paused */
  constructor(quoteOf) {
    this.#quoteOf = quoteOf;
    element("alert-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#set(this.#input.value);
    });
    followStored("raised", (text) => text && this.#tell(JSON.parse(text)));
    followStored("alerts", () => this.list());
    this.list();
  }

  /** @param {string} symbol in the chart, for which alerts are set */
  set symbol(symbol) {
    if (symbol === this.#symbol) return;
    this.#symbol = symbol;
    show("alert-symbol", symbol || "–");
  }

  /** The symbols that have alerts. */
  get symbols() {
    return [...new Set(this.#alerts.all.map(({ symbol }) => symbol))].sort();
  }

  /** Raise the alerts that are due. Call it only while prices are live. */
  review() {
    for (const alert of this.#alerts.raise(this.#quoteOf)) {
      const raised = { words: inWords(alert, this.#quoteOf(alert.symbol)), at: Date.now() };
      if (!this.#tell(raised)) continue;
      notify(raised.words);
      // The reader may be looking at another tab, for which the alert is gone.
      writeStored("raised", JSON.stringify(raised));
      writeStored("raised", undefined);
    }
  }

  /**
   * Tell of an alert that this tab or another one has raised. Return whether that is news.
   *
   * @param {Raised} raised
   */
  #tell(raised) {
    const { words, at } = raised;
    if (this.#raised.some((each) => each.words === words && Math.abs(each.at - at) < TOGETHER)) return false;
    this.#raised = [raised, ...this.#raised].slice(0, MOST_RAISED);
    show("notice", `Alert: ${words}`);
    element("alerts").setAttribute("open", "");
    this.list();
    return true;
  }

  /** @param {string} text */
  #set(text) {
    const alert = parseAlert(text, this.#quoteOf(this.#symbol));
    const refused = typeof alert === "string" ? alert : this.#alerts.add(alert) ? "" : "There are 50 alerts: remove one";
    this.#input.setAttribute("aria-invalid", String(Boolean(refused)));
    if (refused || typeof alert === "string") return show("notice", refused);
    this.#input.value = "";
    show("notice", `Alert set: ${inWords(alert, this.#quoteOf(alert.symbol))}`);
    this.list();
    // Browsers let a page ask only when the reader has just done something.
    if (globalThis.Notification?.permission === "default") void Notification.requestPermission();
  }

  /** List the alerts, if what is said of them has changed. Call it often. */
  list() {
    const raised = this.#raised.map((each) => {
      const words = `${each.words}: reached at ${dated(each.at * 1000)}`;
      return { words, label: `Forget ${words}`, raised: true, remove: () => this.#forget(each) };
    });
    const set = this.#alerts.all.map((alert) => {
      const quote = this.#quoteOf(alert.symbol);
      const words = inWords(alert, quote) + (quote.tick ? "" : ": no price now");
      return { words, label: `Remove the alert ${words}`, raised: false, remove: () => this.#alerts.remove(alert) };
    });
    const all = [...raised, ...set];
    const listed = all.map(({ words }) => words).join("\n");
    if (listed === this.#listed) return;
    this.#listed = listed;
    this.#replace(all.map((each) => item(each, () => this.list())));
    show("alert-count", set.length ? String(set.length) : "");
  }

  /** @param {Raised} raised */
  #forget(raised) {
    this.#raised = this.#raised.filter((each) => each !== raised);
  }

  /** @param {HTMLElement[]} items that take the place of those before; the focus stays where it was */
  #replace(items) {
    const list = element("alert-list");
    const at = [...list.querySelectorAll("button")].findIndex((each) => each === document.activeElement);
    list.replaceChildren(...items);
    if (at >= 0) (items[Math.min(at, items.length - 1)]?.querySelector("button") ?? this.#input).focus();
  }
}

/**
 * @param {{words: string, label: string, raised: boolean, remove: () => void}} alert
 * @param {() => void} onRemoved
 */
function item({ words, label, raised, remove }, onRemoved) {
  const row = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "×";
  button.setAttribute("aria-label", label);
  button.addEventListener("click", () => {
    remove();
    onRemoved();
  });
  row.classList.toggle("raised", raised);
  row.append(words, " ", button);
  return row;
}

/** @param {string} words */
function notify(words) {
  if (globalThis.Notification?.permission !== "granted") return;
  try {
    new Notification("Tickcast alert", { body: words, tag: words });
  } catch {
    // Phones allow them to service workers only: the page has told it.
  }
}
