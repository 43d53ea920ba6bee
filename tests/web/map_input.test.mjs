import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { MapInput } from "../../web/page/map_input.js";

/** An element as far as the input of the map needs one. */
class FakeElement extends EventTarget {
  style = {};
  hidden = false;
  textContent = "";
  attributes = {};
  parts = new Map();
  options = [];

  querySelector(place) {
    if (!this.parts.has(place)) this.parts.set(place, new FakeElement());
    return this.parts.get(place);
  }

  querySelectorAll() {
    return this.options;
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  getBoundingClientRect() {
    return { left: 0, top: 0 };
  }
}

beforeEach(() => Object.assign(globalThis, { document: {}, innerWidth: 800, innerHeight: 600 }));
afterEach(() => ["document", "innerWidth", "innerHeight"].forEach((name) => delete globalThis[name]));

/** The input of a map of these symbols, and what it does. */
function inputOf(...symbols) {
  const map = {
    order: symbols,
    placeOf: (symbol) => map.order.indexOf(symbol),
    boxOf: () => ({ x: 0, y: 0, width: 9, height: 9 }),
    beside: (symbol, right) => map.order[Math.max(0, map.placeOf(symbol) + right)],
  };
  const section = new FakeElement();
  section.options = [new FakeElement(), new FakeElement()];
  section.options[1].hidden = true;
  const chosen = [];
  const quotes = { get: (symbol) => (symbol ? { symbol } : undefined) };
  const input = new MapInput(section, map, quotes, (symbol) => chosen.push(symbol));
  const box = section.querySelector(".tiles");
  const press = (key) => box.dispatchEvent(Object.assign(new Event("keydown"), { key }));
  const focus = () => {
    document.activeElement = box;
    box.dispatchEvent(new Event("focus"));
  };
  const said = () => {
    const { textContent, attributes } = section.options.find(({ hidden }) => !hidden);
    return `${textContent.split(",")[0]} ${attributes["aria-posinset"]}/${attributes["aria-setsize"]}`;
  };
  return { map, input, chosen, press, focus, said, quote: section.querySelector(".quote") };
}

test("the symbol in the chart has the focus first, and a search that leaves it out gives it to another one", () => {
  const { input, focus, said } = inputOf("A", "B");
  input.charted = "B";
  focus();
  assert.equal(said(), "B 2/2");
  const other = inputOf("A", "B");
  other.input.charted = "X";
  other.focus();
  assert.equal(other.said(), "A 1/2");
});

test("a tile that goes while it has the focus is said no longer, and Enter does not choose it", () => {
  const { map, input, focus, press, said, chosen, quote } = inputOf("A", "B");
  input.charted = "A";
  focus();
  press("End");
  assert.equal(said(), "B 2/2");
  map.order = ["A", "C"];
  input.place();
  assert.equal(said(), "A 1/2");
  map.order = [];
  input.place();
  assert.equal(said(), "No symbol 0/0");
  press("Enter");
  assert.deepEqual([chosen, quote.hidden], [[], true]);
});

test("a map that has the focus before its first tile says the tile when it comes", () => {
  const { map, input, focus, press, said } = inputOf();
  focus();
  press("Home");
  assert.equal(said(), "No symbol 0/0");
  map.order = ["A", "B"];
  input.place();
  assert.equal(said(), "A 1/2");
});
