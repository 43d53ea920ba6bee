import assert from "node:assert/strict";
import { test } from "node:test";

import { Followers } from "../../web/tickcast/followers.js";

const subscription = (...symbols) => ({ symbols, interval: 0, bars: [] });

test("each follower counts with its last subscription", () => {
  const followers = new Followers();
  assert.equal(followers.isEmpty, true);
  followers.set("a", subscription("A"));
  followers.set("b", subscription("B"));
  followers.set("a", subscription("C"));
  assert.deepEqual(followers.subscriptions, [subscription("C"), subscription("B")]);
  followers.remove("b");
  assert.deepEqual(followers.subscriptions, [subscription("C")]);
  assert.deepEqual([followers.hear("a"), followers.hear("b")], [true, false]);
});

test("the inherited subscription is kept until it is dropped, once", () => {
  const followers = new Followers(subscription("A"));
  assert.deepEqual([followers.subscriptions, followers.isEmpty], [[subscription("A")], false]);
  assert.deepEqual([followers.dropInherited(), followers.dropInherited()], [true, false]);
  assert.deepEqual([followers.subscriptions, followers.isEmpty], [[], true]);
});

test("a follower that leaves three roll calls unanswered is gone at the fourth", () => {
  const followers = new Followers();
  followers.set("a", subscription("A"));
  followers.set("b", subscription("B"));
  const calls = Array.from({ length: 4 }, () => {
    followers.hear("a");
    return followers.callRoll();
  });
  assert.deepEqual(calls, [false, false, false, true]);
  assert.deepEqual(followers.subscriptions, [subscription("A")]);
});
