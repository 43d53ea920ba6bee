import assert from "node:assert/strict";
import { test } from "node:test";

import { longestRun, nextSort, parseSort, sortText } from "../../web/page/sorting.js";

test("a header sorts words up and numbers down, then the other way, and at the third click not at all", () => {
  for (const [key, ...ways] of [["name", "ascending", "descending"], ["last", "descending", "ascending"]]) {
    const first = nextSort(undefined, key);
    const second = nextSort(first, key);
    assert.deepEqual([first, second], ways.map((direction) => ({ key, direction })));
    assert.equal(nextSort(second, key), undefined);
  }
  assert.deepEqual(nextSort({ key: "name", direction: "ascending" }, "bid"), { key: "bid", direction: "descending" });
});

test("a sort order is the same after it was a setting, and a column that there is not sorts nothing", () => {
  for (const sort of [{ key: "last", direction: "descending" }, { key: "name", direction: "ascending" }]) {
    assert.deepEqual(parseSort(sortText(sort), ["name", "last"]), sort);
  }
  for (const text of [undefined, "", "-", "nothing", "--last"]) assert.equal(parseSort(text, ["last"]), undefined);
  assert.equal(sortText(undefined), undefined);
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
