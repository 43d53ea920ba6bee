import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { feedAt } from "../../web/elements/feed.js";
import { Tickcast } from "../../web/tickcast.js";
import { HELLO, installBrowser, installFetch, settle, source, startClock, stopClock, tick } from "./fakes.mjs";

const ADDRESS = "http://127.0.0.1/v1/stream";

let paint;
let seen;
let reader;

beforeEach(async () => {
  stopClock();
  paint = installBrowser();
  installFetch({ body: "[]" });
  globalThis.document = {
    baseURI: ADDRESS,
    createElement: () => ({ setAttribute: () => {}, getRootNode: () => undefined }),
    addEventListener: () => {},
    removeEventListener: () => {},
  };
  seen = [];
  const feed = feedAt(ADDRESS);
  const showSymbol = (symbol) => seen.push([symbol, feed.quote(symbol).standing.state]);
  reader = { root: { append: () => {} }, symbols: ["A", "B"], interval: 0, showSymbol, showAll: () => {} };
  feed.join(reader);
  await settle();
});

afterEach(async () => {
  feedAt(ADDRESS).leave(reader);
  await settle();
  delete globalThis.document;
  startClock();
});

test("an element shows the state of its symbol, and copies those of no others at a tick", async (t) => {
  const all = Object.getOwnPropertyDescriptor(Tickcast.prototype, "symbolStates");
  let copies = 0;
  const counted = { ...all, get() { return (copies += 1), all.get.call(this); } };
  Object.defineProperty(Tickcast.prototype, "symbolStates", counted);
  t.after(() => Object.defineProperty(Tickcast.prototype, "symbolStates", all));
  source().say("hello", HELLO);
  source().say("snapshot", [tick("A", 1), tick("B", 1)], "c1");
  source().say("state", { S: "A", state: "halted", since: 5 }, "c2");
  await settle();
  seen.length = 0;
  source().say("ticks", [tick("A", 2), tick("B", 2)], "c3");
  paint();
  assert.deepEqual(seen, [["A", "halted"], ["B", "live"]]);
  assert.equal(copies, 0);
});
