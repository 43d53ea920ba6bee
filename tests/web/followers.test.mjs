import assert from "node:assert/strict";
import { test } from "node:test";

import { Followers } from "../../web/tickcast/followers.js";

const wish = (...symbols) => ({ symbols, interval: 0, bars: [] });

test("each is wanted for what it said last", () => {
  const followers = new Followers();
  assert.equal(followers.isEmpty, true);
  followers.set("a", wish("A"));
  followers.set("b", wish("B"));
  followers.set("a", wish("C"));
  assert.deepEqual(followers.wishes, [wish("C"), wish("B")]);
  followers.remove("b");
  assert.deepEqual(followers.wishes, [wish("C")]);
  assert.deepEqual([followers.hear("a"), followers.hear("b")], [true, false]);
});

test("what was wanted before is kept up until it is ended, once", () => {
  const followers = new Followers();
  followers.begin(wish("A"));
  assert.deepEqual([followers.wishes, followers.isEmpty], [[wish("A")], false]);
  assert.deepEqual([followers.endLegacy(), followers.endLegacy()], [true, false]);
  assert.deepEqual([followers.wishes, followers.isEmpty], [[], true]);
});

test("who leaves three roll calls unanswered is gone at the fourth", () => {
  const followers = new Followers();
  followers.set("a", wish("A"));
  followers.set("b", wish("B"));
  const calls = Array.from({ length: 4 }, () => {
    followers.hear("a");
    return followers.call();
  });
  assert.deepEqual(calls, [false, false, false, true]);
  assert.deepEqual(followers.wishes, [wish("A")]);
});
