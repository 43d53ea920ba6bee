import assert from "node:assert/strict";
import { test } from "node:test";

import { Newest } from "../../web/newest.js";

const tick = (S, q) => ({ S, q, p: 1, t: 1 });

test("an older tick never replaces a newer one, but a snapshot may", () => {
  const newest = new Newest();
  assert.equal(newest.add(tick("A", 7)), true);
  assert.equal(newest.add(tick("A", 7)), false);
  assert.equal(newest.add(tick("A", 6)), false);
  newest.replace(tick("A", 1));
  assert.equal(newest.ticks.get("A").q, 1);
});

test("what changed is taken once, the newest of each symbol", () => {
  const newest = new Newest();
  [tick("A", 1), tick("B", 1), tick("A", 2)].forEach((each) => newest.add(each));
  assert.deepEqual(newest.take().map(({ S, q }) => S + q), ["A2", "B1"]);
  assert.deepEqual(newest.take(), []);
});
