import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { SavedWatchlist } from "../../web/page/saved_watchlist.js";

let stored;

beforeEach(() => {
  stored = new Map();
  globalThis.location = { search: "", href: "https://prices.example/", pathname: "/" };
  globalThis.history = { replaceState: (_, __, address) => (globalThis.location.search = address) };
  globalThis.localStorage = {
    getItem: (name) => stored.get(name) ?? null,
    setItem: (name, value) => stored.set(name, value),
    removeItem: (name) => stored.delete(name),
  };
});

afterEach(() => {
  for (const name of ["location", "history", "localStorage"]) delete globalThis[name];
});

const kept = () => stored.get("tickcast.symbols");
const stream = (covered, status = 0) => ({ covered, state: { link: "open", status, detail: "" } });

test("the address wins over the saved list, all is the default, and an empty list is a choice", () => {
  assert.deepEqual(new SavedWatchlist().entries, ["*"]);
  stored.set("tickcast.symbols", "");
  assert.deepEqual(new SavedWatchlist().entries, []);
  globalThis.location.search = "?symbols=*,*!A,a`b";
  const list = new SavedWatchlist();
  assert.deepEqual([list.entries, list.requested, [...list.hidden], list.invalid], [["*", "*!A"], ["*"], ["A"], ["A`B"]]);
  globalThis.location.search = "?symbols=`";
  assert.deepEqual(new SavedWatchlist().entries, ["*"]);
});

test("a list is read as it was written once the feed has said that it keeps case", () => {
  globalThis.location.search = "?symbols=AMpB,B%26c,%2Aa,x%20y";
  const list = new SavedWatchlist();
  assert.deepEqual([list.entries, list.invalid], [["AMPB", "B&C", "X Y"], ["*A"]]);
  list.read("keep");
  assert.deepEqual([list.entries, list.case], [["AMpB", "B&c", "x y"], "keep"]);
  list.change([...list.entries, "C+d", "^E#"]);
  assert.deepEqual(globalThis.location.search, "?symbols=AMpB,B%26c,x+y,C%2Bd,%5EE%23");
  assert.deepEqual(new SavedWatchlist().entries, ["AMPB", "B&C", "X Y", "C+D", "^E#"]);
});

test("a change is saved at once, and undone when it was refused, with everything added after it", () => {
  const list = new SavedWatchlist();
  list.change(["A"]);
  list.review(stream(true));
  list.change(["A", "B"]);
  list.change(["A", "B", "C"]);
  assert.equal(kept(), "A,B,C");
  list.review(stream(false));
  assert.equal(kept(), "A,B,C");
  list.review(stream(false, 400));
  assert.deepEqual([kept(), list.entries], ["A", ["A", "B", "C"]]);
  list.change(["A", "B"]);
  list.review(stream(true));
  assert.equal(kept(), "A,B");
});

test("a refusal of another tab's symbols undoes nothing", () => {
  const list = new SavedWatchlist();
  list.change(["A"]);
  list.review(stream(true));
  list.review(stream(true, 400));
  assert.equal(kept(), "A");
});

test("while all symbols are shown instead of a refused list, nothing is saved", () => {
  stored.set("tickcast.symbols", "A,B");
  const list = new SavedWatchlist();
  list.showAllInstead();
  list.change(["*", "*!C"]);
  list.review(stream(true));
  assert.deepEqual([list.entries, kept(), list.isInstead], [["*", "*!C"], "A,B", true]);
});

test("a refused list can be brought back, and is then saved like any other", () => {
  stored.set("tickcast.symbols", "A,B");
  const list = new SavedWatchlist();
  list.showAllInstead();
  list.read(list.case);
  assert.deepEqual([list.entries, list.isInstead], [["A", "B"], false]);
  list.change(["A"]);
  assert.equal(kept(), "A");
});
