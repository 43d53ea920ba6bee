import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { Quotes } from "../../web/page/quotes.js";

/** An element as far as the map needs one: its parts are like it, and what is drawn on it is of no interest. */
class FakeElement extends EventTarget {
  style = {};
  dataset = {};
  hidden = false;
  textContent = "";
  clientWidth = 1200;
  clientHeight = 800;
  parts = new Map();

  querySelector(place) {
    if (!this.parts.has(place)) this.parts.set(place, new FakeElement());
    return this.parts.get(place);
  }

  querySelectorAll(place) {
    return this.lists?.[place] ?? [];
  }

  setAttribute() {}

  getContext() {
    return new Proxy({}, { get: (held, name) => held[name] ?? (() => {}), set: (held, name, value) => ((held[name] = value), true) });
  }
}

const GLOBALS = {
  document: { body: { dataset: {} }, documentElement: {}, createElement: () => new FakeElement() },
  matchMedia: () => new EventTarget(),
  getComputedStyle: () => ({ fontFamily: "sans", color: "" }),
  ResizeObserver: class { observe() {} },
  localStorage: { getItem: () => null, setItem: () => {}, removeItem: () => {} },
  location: { search: "", href: "http://127.0.0.1/", pathname: "/" },
  history: { replaceState: () => {} },
  devicePixelRatio: 1,
};

beforeEach(() => Object.assign(globalThis, GLOBALS));
afterEach(() => Object.keys(GLOBALS).forEach((name) => delete globalThis[name]));

/** Quotes that count how many were looked at, and how many are noted for those that follow. */
class CountedQuotes extends Quotes {
  looks = 0;
  following = new Set();

  get(symbol) {
    this.looks += 1;
    return super.get(symbol);
  }

  follow() {
    const changes = super.follow();
    this.following.add(changes);
    return changes;
  }

  unfollow(changes) {
    super.unfollow(changes);
    this.following.delete(changes);
  }
}

/** A view of 2,000 symbols, of which the reader sees the list. */
async function viewOf(count = 2000) {
  // Its modules read the document when they are loaded.
  const { MarketView } = await import("../../web/page/market_view.js");
  const quotes = new CountedQuotes({ get: (S) => ({ S, name: "", tick: 0.01, ref: 100, ccy: "" }), knows: () => true });
  const order = Array.from({ length: count }, (_, at) => `S${at}`);
  quotes.add(order);
  const move = (p, symbols) => {
    quotes.take(symbols.map((S) => ({ S, q: p, t: p, p })));
    quotes.release();
  };
  move(100, order);
  const section = new FakeElement();
  section.lists = { "[role=option]": [new FakeElement(), new FakeElement()] };
  const views = new FakeElement();
  const [list, map] = ["list", "map"].map((value) => Object.assign(new FakeElement(), { value }));
  views.lists = { "input[name=view]": [list, map] };
  let requests = 0;
  let loaded = false;
  const view = new MarketView(section, views, quotes, { choose: () => {}, request: () => (requests += 1) });
  const paint = () => {
    let drawn = 0;
    do {
      requests = 0;
      drawn += view.paint(order, "S0", 0);
    } while (requests);
    const { looks } = quotes;
    quotes.looks = 0;
    return { drawn, looks };
  };
  const show = async (input) => {
    requests = 0;
    input.dispatchEvent(new Event("change"));
    // Once for the choice, and the first time once more when the map is loaded.
    for (let turn = 0; input === map && !loaded; turn += 1) {
      assert.ok(turn < 1000, "the map does not load");
      await new Promise((next) => setImmediate(next));
      loaded = requests > 1;
    }
  };
  return { quotes, order, move, paint, show, list, map };
}

test("one symbol that changes is one tile that is looked at and drawn", async () => {
  const { order, move, paint, show, map } = await viewOf();
  await show(map);
  assert.deepEqual(paint(), { drawn: order.length, looks: order.length });
  move(103, ["S7"]);
  assert.deepEqual(paint(), { drawn: 1, looks: 1 });
  assert.deepEqual(paint(), { drawn: 0, looks: 0 });
});

test("a hidden map costs no tick anything, and is drawn whole when it is shown again", async () => {
  const { quotes, order, move, paint, show, list, map } = await viewOf();
  for (const shown of [0, 1, 0, 1]) {
    await show(shown ? map : list);
    assert.equal(quotes.following.size, shown);
    assert.equal(paint().drawn, shown ? order.length : 0);
    move(103 + shown, ["S7", "S8"]);
  }
});
