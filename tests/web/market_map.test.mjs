import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { MarketMap } from "../../web/page/market_map.js";

/** The canvas on which tiles are drawn out of sight. */
let hidden;

/** What a canvas was asked to draw since the last `take`. */
function canvasOf(width, height) {
  let calls = [];
  const note = (name) => (...values) => calls.push([name, ...values]);
  const context = new Proxy({}, { get: (held, name) => held[name] ?? note(name), set: (held, name, value) => (held[name] = value, true) });
  const take = (name) => {
    const found = calls.filter(([each]) => each === name);
    calls = [];
    return found;
  };
  return { clientWidth: width, clientHeight: height, getContext: () => context, take };
}

beforeEach(() => {
  globalThis.devicePixelRatio = 1;
  globalThis.document = { body: {}, createElement: () => hidden };
  globalThis.getComputedStyle = () => ({ fontFamily: "sans" });
});

afterEach(() => ["devicePixelRatio", "document", "getComputedStyle"].forEach((name) => delete globalThis[name]));

const instrument = { tick: 0.01, ref: 100, name: "", ccy: "" };
const quote = (symbol, p, v = 1) => ({ symbol, instrument, tick: { S: symbol, p, v, q: 1, t: 0 } });

/** A map of so many symbols, drawn once. */
function mapOf(count, width = 1200, height = 800) {
  const order = Array.from({ length: count }, (_, at) => `S${at}`);
  const quotes = new Map(order.map((symbol) => [symbol, quote(symbol, 100)]));
  const canvas = canvasOf(width, height);
  hidden = canvasOf(width, height);
  let placed = 0;
  const map = new MarketMap(canvas, quotes, (name) => name, () => (placed += 1));
  map.shown = true;
  const first = paintAll(map, order, 0);
  canvas.take();
  return { map, order, quotes, canvas, first, placed: () => placed };
}

/** Paint until nothing is left. Return how many tiles were drawn. */
function paintAll(map, order, now) {
  let drawn = map.paint(order, [], now);
  while (map.unfinished) drawn += map.paint(order, [], now);
  return drawn;
}

test("at first every tile is drawn, later those of which more than nothing has changed", () => {
  const { map, order, quotes, canvas, first, placed } = mapOf(10_000);
  assert.equal(first, 10_000);
  assert.equal(map.paint(order, [], 90), 0);
  for (const symbol of ["S7", "S8", "S9"]) quotes.set(symbol, quote(symbol, 103));
  // A tick that changes nothing that can be seen, and a symbol that is not in the list.
  quotes.set("S10", quote("S10", 100.001));
  assert.equal(map.paint(order, ["S7", "S8", "S9", "S10", "NOPE"], 180), 3);
  assert.equal(canvas.take("fillRect").length, 2 * 3);
  assert.equal(map.paint(order, ["S7"], 270), 0);
  assert.equal(placed(), 1);
});

test("what a paint costs depends on what has changed, not on the length of the list", () => {
  const { map, order, quotes, canvas } = mapOf(10_000);
  for (const [changed, p] of [[1, 97], [10, 103], [100, 97], [1000, 103]]) {
    const symbols = order.slice(0, changed);
    for (const symbol of symbols) quotes.set(symbol, quote(symbol, p));
    assert.equal(map.paint(order, symbols, 90), changed);
    assert.equal(canvas.take("fillRect").length, 2 * changed);
  }
});

test("tiles are placed again for another list, another room and other sizes, and at no tick", () => {
  const { map, order, canvas, placed } = mapOf(50);
  assert.equal(map.paint(order, order, 90), 0);
  assert.equal(paintAll(map, order.slice(1), 180), 49);
  canvas.clientWidth = 600;
  assert.equal(paintAll(map, map.order, 270), 49);
  map.sizes = "turnover";
  assert.equal(paintAll(map, map.order, 360), 49);
  assert.equal(placed(), 4);
});

test("turnovers move tiles once a minute", () => {
  const { map, order, quotes, placed } = mapOf(50);
  map.sizes = "turnover";
  paintAll(map, order, 0);
  const before = map.boxOf(3);
  quotes.set("S3", quote("S3", 100, 1000));
  map.paint(order, ["S3"], 59_000);
  assert.deepEqual(map.boxOf(3), before);
  paintAll(map, order, 60_000);
  const after = map.boxOf(3);
  assert.ok(after.width * after.height > 5 * before.width * before.height);
  assert.equal(placed(), 3);
  // Their order is not that of the list.
  assert.equal(paintAll(map, [...order].reverse(), 61_000), 0);
  assert.deepEqual(map.boxOf(map.placeOf("S3")), after);
  paintAll(map, [...order.slice(1), "T"], 62_000);
  assert.equal(placed(), 4);
});

test("a symbol is written where there is room, with an arrow and its change", () => {
  const few = mapOf(6);
  few.quotes.set("S1", quote("S1", 98.5));
  few.map.paint(few.order, ["S1"], 90);
  assert.deepEqual(few.canvas.take("fillText").map(([, text]) => text), ["S1", "▼ −1.50%"]);
  // Two hundred on a phone: there is room for the symbol alone.
  const phone = mapOf(200, 366, 600);
  phone.quotes.set("S1", quote("S1", 98.5));
  assert.equal(phone.map.paint(phone.order, ["S1"], 90), 1);
  assert.deepEqual(phone.canvas.take("fillText").map(([, text]) => text), ["S1"]);
  const many = mapOf(10_000);
  many.quotes.set("S1", quote("S1", 98.5));
  assert.equal(many.map.paint(many.order, ["S1"], 90), 1);
  assert.deepEqual(many.canvas.take("fillText"), []);
});

test("even the smallest tiles are marked where prices are not real, or not live", () => {
  for (const [count, width] of [[50, 1200], [10_000, 1200], [10_000, 600]]) {
    const { map, order, quotes, canvas } = mapOf(count, width);
    const real = quotes.get("S1");
    quotes.set("S1", { ...real, tick: { ...real.tick, src: "sim" } });
    map.paint(order, ["S1"], 90);
    assert.equal(canvas.take("lineTo").length, 2, `${count} tiles on ${width} px`);
    map.paint(order, ["S1"], 180);
    quotes.set("S1", { ...real, state: "halted" });
    map.paint(order, ["S1"], 270);
    // The tile, and its dot.
    assert.equal(canvas.take("fillRect").length, 2, `${count} tiles on ${width} px`);
    assert.equal(canvas.take("lineTo").length, 0);
  }
});

test("a map that is not in sight draws nothing", () => {
  const { map, order, quotes } = mapOf(50);
  map.shown = false;
  quotes.set("S1", quote("S1", 98.5));
  assert.equal(map.paint(order, ["S1"], 90), 0);
  map.shown = true;
  map.repaint();
  assert.equal(paintAll(map, order, 180), 50);
});

test("thousands of tiles are drawn a few ms at a time, and shown once all are there", () => {
  const { map, order, quotes, canvas } = mapOf(10_000);
  let now = 0;
  const clock = performance.now;
  // Each look at the clock finds that a ms has passed.
  performance.now = () => (now += 1);
  try {
    map.repaint();
    const drawn = [map.paint(order, [], 90)];
    quotes.set("S0", quote("S0", 97)).set("S9999", quote("S9999", 97));
    // What has changed meanwhile is drawn again, or in its turn.
    drawn.push(map.paint(order, ["S0", "S9999"], 90));
    assert.equal(drawn[1], drawn[0] + 1);
    while (map.unfinished) {
      assert.deepEqual(canvas.take("drawImage"), []);
      drawn.push(map.paint(order, [], 90));
    }
    assert.equal(canvas.take("drawImage").length, 1);
    assert.ok(Math.max(...drawn) <= 5 * 64 + 1);
    assert.equal(drawn.reduce((all, each) => all + each), 10_001);
  } finally {
    performance.now = clock;
  }
});

test("while a list grows in every frame, tiles are placed now and then only", () => {
  const { map, order, quotes, placed } = mapOf(2000);
  const clock = performance.now;
  let now = performance.now() + 10_000;
  // A look at the clock takes a ms: some for each paint that draws what was placed.
  performance.now = () => (now += 1);
  try {
    let longer = order;
    for (let frame = 0; frame < 100; frame += 1) {
      now += 10;
      longer = [...longer, `T${frame}`];
      map.paint(longer, [], 90);
    }
    assert.ok(placed() > 2 && placed() < 25, `${placed()} times`);
    while (map.unfinished) map.paint(longer, [], 90);
    assert.equal(map.placeOf("T99"), 2099);
  } finally {
    performance.now = clock;
  }
});

test("another order of a grid draws the tiles that look otherwise, where they are", () => {
  const few = mapOf(6);
  assert.equal(paintAll(few.map, [...few.order].reverse(), 90), 6);
  const many = mapOf(10_000);
  many.quotes.set("S0", quote("S0", 97));
  assert.equal(paintAll(many.map, [...many.order].reverse(), 90), 1);
  assert.equal(many.canvas.take("drawImage").length, 0);
  assert.equal(many.map.placeOf("S0"), 9999);
});
