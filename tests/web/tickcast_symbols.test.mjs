import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { FakeEventSource, HELLO, settle, source, tick } from "./fakes.mjs";
import { names, open, paint, states, stream, ticks } from "./news.mjs";

test("dropped symbols are gone at once", () => {
  source().say("hello", HELLO);
  source().say("snapshot", [tick("A", 1), tick("B1", 1), tick("B2", 1)]);
  stream.drop("b*");
  assert.deepEqual([stream.symbols, [...stream.ticks.keys()]], [["A"], ["A"]]);
  source().say("ticks", [tick("B1", 2), tick("A", 2)]);
  paint();
  assert.deepEqual(ticks.map(names), [["A2"]]);
});

test("added symbols are covered once the stream has them, and refused ones are not", async () => {
  source().say("hello", HELLO);
  assert.equal(stream.covered, false);
  source().say("snapshot", [tick("A", 1)], "c1");
  assert.equal(stream.covered, true);
  stream.add("C");
  assert.equal(stream.covered, false);
  source().say("symbols", { symbols: 3, added: ["C"], dropped: [] });
  assert.equal(stream.covered, true);
  source().fail();
  assert.equal(stream.covered, false);
});

test("a symbol without a price is told from one that is still to come", async () => {
  source().say("hello", HELLO);
  source().say("snapshot", [tick("A", 1)], "c1");
  stream.add("C");
  source().say("symbols", { symbols: 3, added: ["C"], dropped: [] });
  await settle();
  assert.deepEqual(["A", "C", "D"].map((symbol) => stream.lacks(symbol)), [false, true, true]);
  const before = states.length;
  source().say("heartbeat", { t: Date.now() * 1000, feed: "live", age: 1 });
  await settle();
  assert.equal(stream.lacks("C"), false);
  assert.ok(states.length > before);
});

test("a pattern gives way to names that were added while it covered them, in whatever order", () => {
  stream.add("b1", "*");
  assert.deepEqual(stream.symbols, ["*"]);
  stream.drop("*", "B*");
  assert.deepEqual(stream.symbols, ["A", "B1"]);
  stream.drop("A", "B1");
  assert.deepEqual(stream.symbols, []);
});

test("a text that can be no symbol is refused by name, and changes nothing", () => {
  assert.throws(() => stream.add("TSLA", "NO*WAY"), /not a symbol: NO\*WAY/);
  assert.deepEqual(stream.symbols, ["A", "B*"]);
  assert.throws(() => open({ symbols: ["`"] }), RangeError);
});

test("symbols are asked for in upper case until a gateway says that its feed keeps case", async () => {
  stream.add("tsla", "AMpB", "AMPB");
  assert.deepEqual(stream.symbols, ["A", "AMPB", "B*", "TSLA"]);
  source().say("hello", { ...HELLO, case: "keep" });
  await new Promise(queueMicrotask);
  assert.deepEqual(stream.symbols, ["A", "AMPB", "AMpB", "B*", "tsla"]);
  assert.equal(stream.state.case, "keep");
  stream.drop("AMPB");
  assert.deepEqual(stream.symbols, ["A", "AMpB", "B*", "tsla"]);
});

test("another interval reopens the stream, after the cursor", () => {
  source().say("hello", HELLO);
  source().say("snapshot", [tick("A", 1)], "c1");
  source().say("ticks", [tick("A", 2)], "c2");
  stream.interval = 1000;
  mock.timers.tick(50);
  assert.equal(FakeEventSource.made.length, 2);
  assert.deepEqual(["interval", "lastEventId"].map((name) => source().query.get(name)), ["1000", "c2"]);
  assert.equal(stream.interval, 1000);
});
