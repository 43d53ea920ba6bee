import assert from "node:assert/strict";
import { test } from "node:test";

import { isOther, lossOf } from "../../web/tickcast/epochs.js";

test("a feed is another one only if both epochs are known", () => {
  assert.ok(isOther("a", "b"));
  for (const [held, named] of [["a", "a"], ["", "b"], ["a", ""], ["", ""]]) assert.ok(!isOther(held, named));
});

test("another epoch is a feed that started over, whatever the reason of the gap", () => {
  for (const reason of ["feed", "slow", "retention"]) assert.equal(lossOf("a", { reason, epoch: "b" }), "over");
});

test("within an epoch only a loss of the feed frees what is held", () => {
  assert.equal(lossOf("a", { reason: "feed", epoch: "a" }), "freed");
  assert.equal(lossOf("a", { reason: "slow", epoch: "a" }), "none");
  assert.equal(lossOf("a", { reason: "retention", epoch: "a" }), "none");
});

test("with an epoch unknown every gap frees what is held", () => {
  assert.equal(lossOf("", { reason: "slow", epoch: "a" }), "freed");
  assert.equal(lossOf("a", { reason: "slow" }), "freed");
});
