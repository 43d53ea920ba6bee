import assert from "node:assert/strict";
import { test } from "node:test";

import { NewestTicks } from "../../web/tickcast/newest_ticks.js";
import { tick } from "./fakes.mjs";

test("changed ticks are taken once, the newest of each symbol", () => {
  const newest = new NewestTicks();
  [tick("A", 1), tick("B", 1), tick("A", 2)].forEach((each) => newest.put(each));
  assert.deepEqual(newest.take().map(({ S, q }) => S + q), ["A2", "B1"]);
  assert.deepEqual(newest.take(), []);
  assert.equal(newest.ticks.get("A").q, 2);
});

test("a forgotten symbol is not among the changed ones", () => {
  const newest = new NewestTicks();
  [tick("A", 1), tick("B", 1)].forEach((each) => newest.put(each));
  newest.forget("A");
  assert.deepEqual(newest.take().map(({ S }) => S), ["B"]);
  assert.deepEqual([...newest.ticks.keys()], ["B"]);
});
