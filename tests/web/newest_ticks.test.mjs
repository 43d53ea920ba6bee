import assert from "node:assert/strict";
import { test } from "node:test";

import { NewestTicks } from "../../web/tickcast/newest_ticks.js";
import { tick } from "./fakes.mjs";

test("what changed is taken once, the newest of each symbol", () => {
  const newest = new NewestTicks();
  [tick("A", 1), tick("B", 1), tick("A", 2)].forEach((each) => newest.put(each));
  assert.deepEqual(newest.take().map(({ S, q }) => S + q), ["A2", "B1"]);
  assert.deepEqual(newest.take(), []);
  assert.equal(newest.ticks.get("A").q, 2);
});

test("what is forgotten is not told any more", () => {
  const newest = new NewestTicks();
  [tick("A", 1), tick("B", 1)].forEach((each) => newest.put(each));
  newest.forget("A");
  assert.deepEqual(newest.take().map(({ S }) => S), ["B"]);
  assert.deepEqual([...newest.ticks.keys()], ["B"]);
});
