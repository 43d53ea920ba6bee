import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { HeldTicks } from "../../web/tickcast/held_ticks.js";
import { tick } from "./fakes.mjs";

let held;

beforeEach(() => {
  held = new HeldTicks();
  [tick("A", 413), tick("B", 20)].forEach((each) => held.put(each));
});

test("a held tick is the least that comes next, until it is freed", () => {
  assert.equal(held.bound("A").q, 413);
  held.free();
  assert.equal(held.bound("A"), undefined);
  held.put(tick("A", 1));
  assert.deepEqual([held.bound("A").q, held.ticks.get("B").q], [1, 20]);
});

test("a feed that starts over keeps the symbols that its snapshot names", () => {
  held.startOver();
  held.name("A");
  held.put(tick("A", 1));
  assert.deepEqual(held.forgetUnnamed(), ["B"]);
  assert.deepEqual([...held.ticks.keys()], ["A"]);
  held.put(tick("C", 1));
  assert.deepEqual(held.forgetUnnamed(), []);
});

test("a copy is ordered like the original", () => {
  held.startOver();
  held.name("A");
  const copy = new HeldTicks();
  const dump = structuredClone(held.dump());
  dump.ticks.forEach((each) => copy.put(each));
  copy.load(dump);
  assert.equal(copy.bound("B"), undefined);
  assert.deepEqual(copy.forgetUnnamed(), ["B"]);
});
