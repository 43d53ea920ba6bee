/** Who watches which symbols. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { ticksOf, Watchers } from "../../web/tickcast/watchers.js";

const tick = (S) => ({ S, q: 1 });

test("of ten thousand watchers, those are found whom the ticks concern, each once", () => {
  const watchers = new Watchers();
  const all = Array.from({ length: 10_000 }, () => () => {});
  all.forEach((watcher, at) => watchers.add(watcher, [`s${at}`, "COMMON"]));
  assert.deepEqual([...watchers.of([tick("S7"), tick("S7"), tick("S9"), tick("OTHER")])], [all[7], all[9]]);
  assert.equal(watchers.of([tick("COMMON"), tick("S1")]).size, 10_000);
});

test("a pattern finds its symbols beside names, until its watcher has left", () => {
  const watchers = new Watchers();
  const [wide, narrow] = [() => {}, () => {}];
  watchers.add(wide, ["A*", "X"]);
  watchers.add(narrow, ["AB"]);
  assert.deepEqual(watchers.of([tick("AB")]), new Set([narrow, wide]));
  assert.deepEqual(watchers.of([tick("X")]), new Set([wide]));
  watchers.remove(wide);
  assert.deepEqual(watchers.of([tick("AB"), tick("X")]), new Set([narrow]));
  watchers.remove(narrow);
  assert.deepEqual([watchers.of([tick("AB")]).size, watchers.all.length], [0, 0]);
});

test("a feed that keeps lower case is looked up as it writes its symbols", () => {
  const watchers = new Watchers();
  const watcher = () => {};
  watchers.add(watcher, ["aapl"]);
  assert.equal(watchers.of([tick("AAPL")]).size, 1);
  watchers.case = "keep";
  assert.deepEqual([watchers.of([tick("AAPL")]).size, watchers.of([tick("aapl")]).size], [0, 1]);
  watchers.remove(watcher);
  assert.equal(watchers.of([tick("aapl")]).size, 0);
});

test("ticks of names are looked up, and only patterns look at all", () => {
  const ticks = new Map(["A1", "A2", "B1"].map((S) => [S, tick(S)]));
  assert.deepEqual([...ticksOf(ticks, ["B1", "NONE"]).keys()], ["B1"]);
  assert.deepEqual([...ticksOf(ticks, ["A*"]).keys()], ["A1", "A2"]);
  const unseen = { get: (symbol) => ticks.get(symbol), [Symbol.iterator]: () => assert.fail("it looked at all") };
  assert.deepEqual([...ticksOf(unseen, ["A2"]).keys()], ["A2"]);
});
