import assert from "node:assert/strict";
import { test } from "node:test";

import { ServerClock } from "../../web/tickcast/server_clock.js";

test("the event that was fastest on its way shows how the clocks differ", () => {
  const clock = new ServerClock();
  clock.hear(1_000_000, 4_080);
  clock.hear(2_000_000, 5_010);
  clock.hear(3_000_000, 6_500);
  // It is 3,010 ms ahead, by the best estimate.
  assert.equal(clock.since(5_000_000, 8_050), 40);
});

test("nothing arrives before its own time: if it seems to, the clocks differ less", () => {
  const clock = new ServerClock();
  clock.hear(1_000_000, 4_500);
  assert.equal(clock.since(2_000_000, 5_010), 0);
  assert.equal(clock.since(3_000_000, 6_030), 20);
});

test("a tick from far in the future does not make all others late", () => {
  const clock = new ServerClock();
  clock.hear(1_000_000, 4_000);
  assert.equal(clock.since(3_600_000_000, 4_100), 0);
  assert.equal(clock.since(2_000_000, 5_020), 20);
});

test("the estimate is forgotten at another connection", () => {
  const clock = new ServerClock();
  clock.hear(1_000_000, 1_000);
  clock.reset();
  clock.hear(2_000_000, 5_000);
  assert.equal(clock.since(3_000_000, 6_000), 0);
});
