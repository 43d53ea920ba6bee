/** What the elements have in common: they read their attributes, and join a feed while they are in a page. */

import { intervalOf, streamOf } from "./attributes.js";
import { feedAt } from "./feed.js";
import { misnamed } from "./standing.js";
import { sheet } from "./style.js";

/** @typedef {import("./feed.js").Reader} Reader */

export class FeedElement extends HTMLElement {
  /** @type {ReturnType<typeof feedAt> | undefined} while it is in a page */
  #feed;
  /** Whether it is in a page. */
  #placed = false;
  /** What is wrong with its attributes, in words. */
  #trouble = { address: "", symbol: "" };
  /** @type {Reader} */
  #reader;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    this.#reader = {
      root,
      symbols: [],
      interval: 0,
      showSymbol: (symbol) => this.showSymbol(symbol),
      showAll: () => this.showAll(),
    };
  }

  connectedCallback() {
    this.#placed = true;
    const { href, trouble: address } = streamOf(this.getAttribute("url"));
    const feed = address ? undefined : feedAt(href);
    if (this.#feed !== feed) this.#feed?.leave(this.#reader);
    this.#feed = feed;
    const { symbols, trouble: symbol } = this.build(this.#reader.root);
    this.#trouble = { address, symbol };
    this.#reader.symbols = symbols;
    this.#reader.interval = intervalOf(this.getAttribute("interval"));
    if (symbols.length) feed?.join(this.#reader);
    else feed?.leave(this.#reader);
    this.showAll();
  }

  disconnectedCallback() {
    this.#placed = false;
    this.#feed?.leave(this.#reader);
    this.#feed = undefined;
  }

  attributeChangedCallback() {
    // Attributes of an element that is being made come before it is in a page.
    if (this.#placed) this.connectedCallback();
  }

  /**
   * Return what is shown if something is wrong with the attributes; undefined: nothing is.
   *
   * @param {string} symbol as it is written
   */
  complaint(symbol) {
    const { address, symbol: named } = this.#trouble;
    if (address) return misnamed(symbol, "address", address);
    return named ? misnamed(symbol, "symbol", named) : undefined;
  }

  /** The feed that it has joined; none: its address is wrong, or it is in no page. */
  get feed() {
    return this.#feed;
  }

  /** Names and patterns that are shown. */
  get symbols() {
    return this.#reader.symbols;
  }

  /**
   * Make what is shown, by the attributes. Return the names and patterns that are read, if any, and what is wrong with them.
   *
   * @param {ShadowRoot} _root
   * @returns {{symbols: string[], trouble: string}}
   */
  build(_root) {
    return { symbols: [], trouble: "" };
  }

  /** @param {string} _symbol a price, its name or its state has changed */
  showSymbol(_symbol) {}

  /** Anything may have changed. */
  showAll() {}
}
