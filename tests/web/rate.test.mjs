import assert from "node:assert/strict";
import { test } from "node:test";

import { Rate } from "../../web/page/rate.js";

test("a rate is taken over the last few readings", () => {
  const rate = new Rate();
  const read = (count, at) => rate.read(count, at);
  assert.equal(read(0, 0), 0);
  assert.equal(read(50, 500), 100);
  assert.equal(read(100, 1000), 100);
  read(1100, 2000);
  read(2100, 3000);
  assert.equal(read(3100, 4000), 1000);
});
