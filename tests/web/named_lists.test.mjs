import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { NamedLists } from "../../web/page/named_lists.js";

const kept = new Map();
globalThis.localStorage = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, value) => kept.set(name, value),
  removeItem: (name) => kept.delete(name),
};
beforeEach(() => kept.clear());

test("a list is kept under its name for the next visit, and known by its entries", () => {
  const lists = new NamedLists();
  assert.equal(lists.save("Tech", ["MSFT", "AAPL"]), "");
  assert.equal(lists.save("all but one", ["*", "*!AAPL"]), "");
  const later = new NamedLists();
  assert.deepEqual([later.names, later.get("Tech")], [["all but one", "Tech"], "MSFT,AAPL"]);
  assert.deepEqual([later.nameOf(["*", "*!AAPL"]), later.nameOf(["MSFT"])], ["all but one", undefined]);
});

test("the same name replaces a list, and a removed one is gone", () => {
  const lists = new NamedLists();
  lists.save("Tech", ["MSFT"]);
  lists.save("Tech", ["NVDA"]);
  assert.equal(lists.get("Tech"), "NVDA");
  lists.remove("Tech");
  assert.deepEqual([lists.names, kept.size], [[], 0]);
});

test("what can be no list says why, and what was stored and is none is left out", () => {
  const lists = new NamedLists();
  assert.equal(lists.save("", ["A"]), "A list needs a name");
  assert.equal(lists.save("n".repeat(41), ["A"]), "A name has at most 40 characters");
  for (let n = 0; n < 50; n += 1) assert.equal(lists.save(`L${n}`, []), "");
  assert.equal(lists.save("one more", []), "There are 50 lists: remove one");
  assert.equal(lists.save("L0", ["A"]), "");
  kept.set("tickcast.lists", JSON.stringify({ good: "A", bad: 5, "": "B" }));
  assert.deepEqual(new NamedLists().names, ["good"]);
  for (const text of ["{", "null", "5"]) {
    kept.set("tickcast.lists", text);
    assert.deepEqual(new NamedLists().names, []);
  }
});

test("a list knows its own entries in another order", () => {
  const lists = new NamedLists();
  lists.save("Tech", ["MSFT", "AAPL", "NVDA"]);
  assert.equal(lists.isReordered("Tech", ["NVDA", "MSFT", "AAPL"]), true);
  const others = [["MSFT", "AAPL", "NVDA"], ["MSFT", "AAPL"], ["MSFT", "AAPL", "AMD"], []];
  assert.deepEqual(others.map((entries) => lists.isReordered("Tech", entries)), [false, false, false, false]);
  assert.equal(lists.isReordered("none", ["A"]), false);
});

test("two tabs keep their lists together", () => {
  const [one, other] = [new NamedLists(), new NamedLists()];
  one.save("Tech", ["MSFT"]);
  other.save("Cars", ["F"]);
  one.save("Banks", ["C"]);
  assert.deepEqual([one.names, other.names], [["Banks", "Cars", "Tech"], ["Banks", "Cars", "Tech"]]);
  other.remove("Tech");
  assert.deepEqual([one.get("Tech"), one.names], [undefined, ["Banks", "Cars"]]);
});
