import assert from "node:assert/strict";
import { test } from "node:test";

import { longestRun, nextSort, sorted } from "../../web/page/sorting.js";

test("a header sorts up, down, and at the third click not at all", () => {
  const up = nextSort(undefined, "last");
  const down = nextSort(up, "last");
  assert.deepEqual([up, down], [
    { key: "last", direction: "ascending" },
    { key: "last", direction: "descending" },
  ]);
  assert.equal(nextSort(down, "last"), undefined);
  assert.deepEqual(nextSort(down, "bid"), { key: "bid", direction: "ascending" });
});

test("items without a value come last in both directions, and equal ones keep their order", () => {
  const items = [{ v: 2 }, {}, { v: 1, a: 1 }, { v: 1, a: 2 }];
  const order = (direction) => sorted(items, ({ v }) => v, direction).map((item) => items.indexOf(item));
  assert.deepEqual(order("ascending"), [2, 3, 0, 1]);
  assert.deepEqual(order("descending"), [0, 2, 3, 1]);
});

test("only what is out of order is moved", () => {
  assert.deepEqual([...longestRun([1, 2, 3, 0])].sort(), [0, 1, 2]);
  assert.deepEqual([...longestRun([3, 0, 1, 2])].sort(), [1, 2, 3]);
  assert.equal(longestRun([5, 4, 3]).size, 1);
  assert.equal(longestRun([]).size, 0);
});

test("a row that must stay is not moved, however many others have to be", () => {
  assert.deepEqual([...longestRun([3, 0, 1, 2], 0)], [0]);
  assert.deepEqual([...longestRun([0, 4, 1, 2, 3], 1)].sort(), [0, 1]);
  assert.deepEqual([...longestRun([0, 1, 4, 3, 2], 3)].sort(), [0, 1, 3]);
});
