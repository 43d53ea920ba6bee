import assert from "node:assert/strict";
import { test } from "node:test";

import { Coverage } from "../../web/tickcast/coverage.js";

function begun(symbols, resumes = false) {
  const coverage = new Coverage();
  coverage.begin(symbols, resumes);
  return coverage;
}

test("requested symbols are covered once their snapshots are complete, which the next event shows", () => {
  const coverage = begun(["A", "B"]);
  for (const name of ["hello", "status", "snapshot", "snapshot", "bar"]) coverage.hear(name);
  assert.deepEqual([coverage.symbols, coverage.requested], [[], ["A", "B"]]);
  coverage.hear("ticks");
  assert.deepEqual([coverage.symbols, coverage.pending], [["A", "B"], []]);
});

test("symbols are covered if all of them were requested, by name or by a pattern", () => {
  const coverage = begun(["A", "B*"]);
  assert.deepEqual([["A", "BX", "B*"], ["A", "C"], ["A*"], []].map((wanted) => coverage.covers(wanted)), [true, false, false, true]);
  coverage.change(["C"], ["B*"]);
  assert.deepEqual([["A", "C"], ["BX"]].map((wanted) => coverage.covers(wanted)), [true, false]);
});

test("a bye between the snapshots does not complete them", () => {
  const coverage = begun(["A"]);
  coverage.hear("bye");
  assert.deepEqual(coverage.pending, ["A"]);
});

test("a cursor brings the symbols that it covers up to date at once", () => {
  assert.deepEqual(begun(["A", "B"], true).symbols, ["A", "B"]);
});

test("only covered symbols resume after the cursor, also when a pattern gives way to a part of it", () => {
  const coverage = begun(["A", "B*"], true);
  coverage.change(["C"], []);
  assert.deepEqual(coverage.resumable(["A", "BX", "C", "D"]), ["A", "BX"]);
  assert.deepEqual(coverage.resumable(["*"]), ["A", "B*"]);
});

test("a symbol added to a running stream is covered only after its own snapshot", () => {
  const coverage = begun(["A", "B"], true);
  coverage.hear("symbols");
  coverage.change(["C"], ["A"]);
  coverage.hear("snapshot");
  assert.deepEqual([coverage.symbols, coverage.requested], [["B"], ["B", "C"]]);
  coverage.hear("heartbeat");
  assert.deepEqual(coverage.symbols, ["B", "C"]);
});

test("a symbol lacks its newest tick until its snapshot is complete, and for ever if it was not asked for", () => {
  const coverage = begun(["A", "B*"], true);
  coverage.change(["C"], []);
  const lacking = () => ["A", "BX", "C", "D"].filter((symbol) => coverage.lacks(symbol));
  assert.deepEqual(lacking(), ["C", "D"]);
  coverage.hear("heartbeat");
  assert.deepEqual(lacking(), ["D"]);
});

test("a symbol that is dropped while it is pending is not waited for", () => {
  const coverage = begun(["A", "B"]);
  coverage.change([], ["A"]);
  assert.deepEqual([coverage.pending, coverage.includes("A"), coverage.includes("B")], [["B"], false, true]);
});

test("a copy says the same", () => {
  const copy = new Coverage();
  copy.load(begun(["A*"]).dump());
  assert.deepEqual([copy.pending, copy.includes("AB")], [["A*"], true]);
});
