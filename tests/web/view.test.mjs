import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { View } from "../../web/tickcast/view.js";
import { bar, installBrowser, tick } from "./fakes.mjs";

let frame;
let shown;
let view;

beforeEach(() => {
  frame = installBrowser();
  shown = [];
  view = new View(
    (ticks, bars) => shown.push([ticks.map(({ S, q }) => S + q), bars.map(({ S, t }) => S + t)]),
    ({ S, state }) => shown.push(`${S} ${state}`),
  );
  view.select({ symbols: ["A", "B*"], interval: 0, bars: ["1m"], barsOf: ["C"] }, [], [], []);
});

test("it selects its own symbols and bars, and shows them together once per frame", () => {
  [tick("A", 1), tick("X", 1), tick("BX", 1), tick("A", 2)].forEach((each) => view.takeTick(each, true));
  [bar("C", 60, 1), bar("A", 60, 1)].forEach((each) => view.takeBar(each));
  frame();
  frame();
  assert.deepEqual(shown, [[["A2", "BX1"], ["C60"]]]);
  assert.equal(view.received, 3);
});

test("a snapshot is shown and not counted", () => {
  view.takeTick(tick("A", 1), false);
  assert.deepEqual([view.received, view.ticks.get("A").q], [0, 1]);
});

test("another subscription forgets what it leaves out, and takes what the replica has already", () => {
  view.takeTick(tick("A", 1), true);
  view.takeTick(tick("BX", 1), true);
  const known = [tick("A", 1), tick("BX", 1), tick("D", 7)];
  view.select({ symbols: ["BX", "D"], interval: 0, bars: [] }, known, [], []);
  frame();
  assert.deepEqual(shown, [[["BX1", "D7"], []]]);
  view.takeBar(bar("C", 60, 1));
  assert.deepEqual([view.selects("A"), frame()], [false, 0]);
});

test("newly wanted bars begin with the newest one held already; bars wanted before do not come again", () => {
  const held = [bar("C", 60, 1), bar("D", 60, 1)];
  view.select({ symbols: ["A"], interval: 0, bars: ["1m"], barsOf: ["C", "D"] }, [], held, []);
  frame();
  assert.deepEqual(shown, [[[], ["D60"]]]);
});

test("states are shown at once, of its own symbols, and of those that the replica has when they are selected", () => {
  const state = (S, name) => ({ S, state: name, since: 5 });
  for (const S of ["A", "X"]) view.takeState(state(S, "halted"));
  view.takeState(state("BX", "live"));
  assert.deepEqual(shown.splice(0), ["A halted"]);
  const held = [state("A", "halted"), state("X", "halted")];
  view.select({ symbols: ["A", "X"], interval: 0, bars: [] }, [], [], held);
  assert.deepEqual([shown.splice(0), [...view.states.keys()]], [["X halted"], ["A", "X"]]);
  view.select({ symbols: ["X"], interval: 0, bars: [] }, [], [], held);
  view.retire("X");
  assert.deepEqual([shown, view.states.size], [[], 0]);
});

test("a closed view shows nothing more", () => {
  view.takeTick(tick("A", 1), true);
  view.close();
  frame();
  assert.deepEqual(shown, []);
});
