import assert from "node:assert/strict";
import test from "node:test";

import { delayLabel, feedTitle, sourceLabel, symbolLabel } from "../../web/page/source_label.js";

const from = (...sources) => new Map(sources.map((src) => [src, sources.filter((each) => each === src).length]));

test("only what does not come from a market now has a label, each symbol for itself", () => {
  assert.deepEqual(symbolLabel("sim"), { short: "sim", text: "simulated" });
  assert.equal(symbolLabel("rec").text, "recorded");
  assert.equal(symbolLabel(undefined), undefined);
});

test("the status says of all prices together where they come from", () => {
  assert.equal(sourceLabel(from("sim", "sim")), "Simulated market data");
  assert.equal(sourceLabel(from("rec")), "Recorded market data");
  assert.equal(sourceLabel(from("", "")), "");
  assert.equal(sourceLabel(new Map([["sim", 0]])), "");
  assert.equal(sourceLabel(from("sim", "", "")), "1 of 3 symbols are simulated");
  assert.equal(sourceLabel(from("sim", "rec", "rec", "")), "1 simulated, 2 recorded and 1 real symbols");
});

test("late prices are said to be, and by how much", () => {
  assert.equal(delayLabel(0), "");
  assert.equal(delayLabel(900_000), "Prices are 15 minutes late");
  assert.equal(delayLabel(60_000), "Prices are 1 minute late");
  assert.equal(delayLabel(1500), "Prices are 1.5 seconds late");
});

test("a feed with a name of its own is named before all", () => {
  assert.equal(feedTitle("odds"), "odds · Tickcast");
  for (const name of ["main", ""]) assert.equal(feedTitle(name), "Tickcast");
});
