import assert from "node:assert/strict";
import test from "node:test";

import { feedTitle, sourceLabel, symbolLabel } from "../../web/page/source_label.js";

const from = (...sources) => sources.map((src) => ({ src }));

test("only what does not come from a market now has a label, each symbol for itself", () => {
  assert.deepEqual(symbolLabel("sim"), { short: "sim", text: "simulated" });
  assert.equal(symbolLabel("rec").text, "recorded");
  assert.equal(symbolLabel(undefined), undefined);
});

test("the status says of all prices together where they come from", () => {
  assert.equal(sourceLabel(from("sim", "sim")), "Simulated market data");
  assert.equal(sourceLabel(from("rec")), "Recorded market data");
  assert.equal(sourceLabel(from(undefined, undefined)), "");
  assert.equal(sourceLabel([]), "");
  assert.equal(sourceLabel(from("sim", undefined, undefined)), "1 of 3 symbols are simulated");
  assert.equal(sourceLabel(from("sim", "rec", "rec", undefined)), "1 simulated, 2 recorded and 1 real symbols");
});

test("a feed with a name of its own is named before all", () => {
  assert.equal(feedTitle("odds"), "odds · Tickcast");
  for (const name of ["main", ""]) assert.equal(feedTitle(name), "Tickcast");
});
