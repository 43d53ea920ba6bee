import assert from "node:assert/strict";
import { test } from "node:test";

import { barValues } from "../../web/page/crosshair.js";

const bar = (more) => ({ o: 10, h: 12.5, l: 9.75, c: 11, v: 12300, ...more });

test("a bar's values are written as prices are, with the change from the bar before", () => {
  assert.deepEqual(barValues(bar(), { c: 10.5 }, 2), [
    ["O", "10.00"], ["H", "12.50"], ["L", "9.75"], ["C", "11.00"], ["V", "12,300"], ["", "+0.50 (+4.76%)"],
  ]);
});

test("the first bar changes from its own opening, and a source may report no volume", () => {
  const values = new Map(barValues(bar({ v: undefined, c: 9.75 }), undefined, 2));
  assert.equal(values.get(""), "−0.25 (−2.50%)");
  assert.equal(values.has("V"), false);
});

test("below zero a rise is positive, and from zero there is no percentage", () => {
  assert.equal(new Map(barValues(bar({ c: -3 }), { c: -4 }, 0)).get(""), "+1 (+25.00%)");
  assert.equal(new Map(barValues(bar({ c: 2 }), { c: 0 }, 0)).get(""), "+2");
});
