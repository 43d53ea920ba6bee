import assert from "node:assert/strict";
import { test } from "node:test";

import { Cell } from "../../web/page/cell.js";

globalThis.document = { createTextNode: (data) => ({ data }) };
const newCell = () => new Cell({ dataset: {}, appendChild: (node) => node });

test("a cell flashes at most every 400 ms", () => {
  const cell = newCell();
  assert.deepEqual([0, 399, 400].map((now) => cell.flash(true, now)), [true, false, true]);
});

test("a flash does not outlast its direction: no green cell beside an arrow down", () => {
  const cell = newCell();
  cell.flash(true, 0);
  assert.equal(cell.flash(true, 90), false);
  assert.equal(cell.element.dataset.flash, "up");
  assert.equal(cell.flash(false, 180), false);
  assert.equal(cell.element.dataset.flash, undefined);
});
