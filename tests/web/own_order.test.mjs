import assert from "node:assert/strict";
import { test } from "node:test";

import { OwnOrder, besideAt, placeAt, scrollBeside } from "../../web/page/own_order.js";

const own = (...entries) => new OwnOrder({ entries });

test("named symbols stand in the order of the list, and all symbols in that of their names", () => {
  assert.deepEqual(own("C", "A", "B").sorted(["A", "B", "C"]), ["C", "A", "B"]);
  assert.deepEqual(own("*", "*!X").sorted(["C", "A", "B"]), ["A", "B", "C"]);
  assert.deepEqual(own("C").sorted(["B", "C", "A"]), ["C", "A", "B"]);
});

test("what a prefix covers stands where the prefix stands, by name, and a named symbol at its own place", () => {
  const mixed = own("Z", "MS*", "A", "M*", "MSX");
  assert.deepEqual(mixed.sorted(["A", "MA", "MSFT", "MSCI", "MSX", "Z"]), ["Z", "MSCI", "MSFT", "A", "MA", "MSX"]);
});

test("the order of a list is changed by hand only if each symbol has an entry", () => {
  assert.deepEqual([own("A", "B"), own("A", "M*"), own("*"), own()].map((each) => each.byHand), [true, false, false, false]);
});

test("a symbol is moved before or after another one, and nothing else moves", () => {
  const list = own("A", "B", "C", "D");
  assert.deepEqual(list.moved("A", "C", "after"), ["B", "C", "A", "D"]);
  assert.deepEqual(list.moved("D", "A", "before"), ["D", "A", "B", "C"]);
  assert.deepEqual(list.moved("B", "D", "after"), ["A", "C", "D", "B"]);
  for (const [symbol, other, side] of [["A", "A", "after"], ["A", "B", "before"], ["X", "A", "after"], ["A", "X", "after"]])
    assert.equal(list.moved(symbol, other, side), undefined);
});

test("entries are read at each call", () => {
  const list = { entries: ["B", "A"] };
  const order = new OwnOrder(list);
  assert.deepEqual(order.sorted(["A", "B"]), ["B", "A"]);
  list.entries = ["A", "B"];
  assert.deepEqual(order.sorted(["A", "B"]), ["A", "B"]);
});

test("a dragged row comes to the place that it covers most of, within the list", () => {
  assert.deepEqual([-90, 0, 17, 18, 70, 999].map((top) => placeAt(top, 35, 4)), [0, 0, 0, 1, 2, 3]);
});

test("a symbol is put beside the row that it passes last", () => {
  const order = ["A", "B", "C", "D"];
  assert.deepEqual(besideAt(order, "A", 2), { other: "C", side: "after" });
  assert.deepEqual(besideAt(order, "D", 1), { other: "B", side: "before" });
  assert.deepEqual(besideAt(order, "B", 99), { other: "D", side: "after" });
  assert.deepEqual(besideAt(order, "B", -1), { other: "A", side: "before" });
  assert.deepEqual([besideAt(order, "B", 1), besideAt(order, "X", 1), besideAt(order, "A", -1)], [undefined, undefined, undefined]);
});

test("near an edge it scrolls towards it, faster the nearer, and not in between", () => {
  const at = (y) => scrollBeside(y, 100, 900, 10);
  assert.equal(at(500), 0);
  assert.equal(at(148), 0);
  assert.ok(at(120) < 0 && at(100) < at(120) && at(60) < at(100));
  assert.ok(at(880) > 0 && at(900) > at(880));
  assert.equal(at(900), 12);
  assert.equal(scrollBeside(900, 100, 900, 0), 0);
  assert.equal(at(-5000), scrollBeside(52, 100, 900, 10));
});
