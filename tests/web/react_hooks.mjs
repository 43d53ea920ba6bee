/** A component that uses the hooks of the installed package, drawn by React itself: FAKES. Prints what it drew. */

import assert from "node:assert/strict";
import { mock } from "node:test";

import { act, createElement, StrictMode } from "react";
import { create } from "react-test-renderer";
import { Feed, useFeedState, useTicks } from "tickcast/react";

const fakes = await import(process.argv[2]);
const { FakeEventSource, HELLO, installBrowser, source, stopClock, tick } = fakes;
globalThis.IS_REACT_ACT_ENVIRONMENT = true;
stopClock();
const paint = installBrowser();
const feed = new Feed({ url: "/v1/stream", share: false });

let drawn = 0;
function Price({ symbols }) {
  const ticks = useTicks([...symbols], feed);
  drawn += 1;
  return symbols.map((symbol) => `${symbol} ${ticks.get(symbol)?.p ?? "-"}`).join(", ");
}
function State() {
  const { link } = useFeedState(feed);
  return link;
}
const page = (...lists) =>
  createElement(StrictMode, null, createElement(State), ...lists.map((symbols, key) => createElement(Price, { symbols, key })));
const later = (ms, work = () => {}) =>
  act(async () => {
    work();
    paint();
    mock.timers.tick(ms);
  });

let tree;
await act(async () => {
  tree = create(page(["A"], ["A", "B"]));
});
// Drawn twice by StrictMode, in three components: still one stream.
assert.equal(FakeEventSource.made.filter(({ closed }) => !closed).length, 1);
assert.deepEqual(tree.toJSON(), ["connecting", "A -", "A -, B -"]);

await later(0, () => {
  source().say("hello", { ...HELLO, epoch: "e" });
  source().say("snapshot", [tick("A", 1, 10)], "c1");
  source().say("heartbeat", { t: 1, feed: "live", age: 1 });
});
await later(0);
assert.deepEqual(tree.toJSON(), ["open", "A 10", "A 10, B -"]);

// A component is drawn for ticks of its own only.
drawn = 0;
await later(0, () => source().say("ticks", [tick("B", 1, 5)], "c2"));
await later(0);
assert.deepEqual(tree.toJSON(), ["open", "A 10", "A 10, B 5"]);
assert.equal(drawn, 2);

// Ticks of one frame: one drawing, with the newest.
await later(0, () => {
  source().say("ticks", [tick("A", 2, 11), tick("A", 3, 12)], "c3");
  source().say("ticks", [tick("B", 2, 6)], "c4");
});
await later(0);
assert.deepEqual(tree.toJSON(), ["open", "A 12", "A 12, B 6"]);

await act(async () => tree.update(page(["B"])));
await later(2_000);
assert.deepEqual(tree.toJSON(), ["open", "B 6"]);

await act(async () => {
  assert.throws(() => feed.watch(["no symbol, surely"]), RangeError);
  tree.unmount();
});
await later(2_000);
assert.ok(FakeEventSource.made.every(({ closed }) => closed));
assert.equal(feed.state().link, "connecting");
console.log("drawn");
process.exit(0);
