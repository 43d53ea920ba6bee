import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { FakeEventSource, HELLO, settle, source, tick } from "./fakes.mjs";
import { begin, held, losing, open, pass, say } from "./tabs.mjs";

test("a tab that has missed a message gets a copy of everything", async () => {
  const [, b] = [await open("*"), await open("*")];
  await begin();
  await losing(b, () => say("ticks", [tick("X", 7)]));
  await say("ticks", [tick("A", 4)]);
  await settle();
  assert.deepEqual([held(b), b.stream.state.gaps], [["*2", "A4", "X7"], 0]);
  await say("ticks", [tick("A", 5)]);
  assert.deepEqual([held(b), b.stream.state.gaps], [["*2", "A5", "X7"], 0]);
});

test("all tabs go over to the new epoch of a feed that lost its data, also one that missed the gap", async () => {
  const [a, b, late] = [await open("*"), await open("*"), await open("*")];
  await say("hello", { ...HELLO, epoch: "0a0a0a0a0a0a" });
  await say("snapshot", [tick("A", 413), tick("B", 20)], "c1");
  await losing(late, async () => {
    await say("gap", { reason: "feed", epoch: "0b0b0b0b0b0b" });
    await say("snapshot", [], "c2");
  });
  await say("ticks", [tick("A", 1)], "c3");
  await settle();
  for (const each of [a, b, late]) {
    const { gaps, gapReason, epoch } = each.stream.state;
    assert.deepEqual([held(each), gaps, gapReason, epoch], [["A1"], 1, "feed", "0b0b0b0b0b0b"]);
  }
});

test("ticks that a copy skips are a gap", async () => {
  const [, b] = [await open("A"), await open("A")];
  await begin();
  await losing(b, () => say("ticks", [tick("A", 3), tick("A", 4)]));
  await say("ticks", [tick("A", 5)]);
  await settle();
  assert.deepEqual([held(b), b.stream.state.gaps, b.stream.state.gapReason], [["A5"], 1, "hole"]);
});

test("a tab that has missed the last message learns of it though nothing follows", async () => {
  const [, b] = [await open("*"), await open("*")];
  await begin();
  await losing(b, () => say("ticks", [tick("X", 7)]));
  await pass(3);
  assert.deepEqual(held(b), ["*2", "X7"]);
});

test("a follower that wakes makes the leader try again", async () => {
  globalThis.document = new EventTarget();
  document.visibilityState = "visible";
  await open("A");
  // A page of its own, whose events the leader does not hear.
  const page = (globalThis.document = new EventTarget());
  page.visibilityState = "visible";
  await open("A");
  await begin();
  source().fail();
  await settle();
  page.dispatchEvent(new Event("visibilitychange"));
  await settle();
  delete globalThis.document;
  assert.equal(FakeEventSource.made.length, 2);
});

test("a follower that slept calls nothing live, nor trusts a leader that slept too, until the stream is back", async () => {
  const [a] = [await open("A")];
  const page = (globalThis.document = new EventTarget());
  page.visibilityState = "visible";
  const b = await open("A");
  delete globalThis.document;
  await begin();
  const links = [];
  b.stream.onState = ({ link }) => links.push(link);
  mock.timers.setTime(1_060_000);
  page.visibilityState = "visible";
  globalThis.document = page;
  page.dispatchEvent(new Event("visibilitychange"));
  delete globalThis.document;
  assert.equal(b.stream.state.link, "connecting");
  await settle();
  assert.deepEqual([FakeEventSource.made.length, links.includes("open")], [2, false]);
  await say("hello", HELLO);
  assert.deepEqual([a, b].map(({ stream }) => stream.state.link), ["open", "open"]);
});

test("messages that piled up for a follower during a sleep are not taken for new ones", async () => {
  const [, b] = [await open("A"), await open("A")];
  await begin();
  const links = [];
  b.stream.onState = ({ link }) => links.push(link);
  b.channel.deaf = true;
  await say("ticks", [tick("A", 3)], "c3");
  mock.timers.setTime(1_060_000);
  b.channel.deaf = false;
  await settle();
  assert.deepEqual([links[0], held(b)], ["connecting", ["A3"]]);
});
