/** The component of docs/browser.md, made JavaScript by tsc: Price.js FAKES. Prints what it drew. */

import assert from "node:assert/strict";
import { mock } from "node:test";

import { act, createElement } from "react";
import { create } from "react-test-renderer";

const { HELLO, installBrowser, source, stopClock, tick } = await import(process.argv[2]);
globalThis.IS_REACT_ACT_ENVIRONMENT = true;
stopClock();
const paint = installBrowser();
const { Price } = await import("./Price.js");
const later = (work) =>
  act(async () => {
    work();
    paint();
    mock.timers.tick(0);
  });

let tree;
await act(async () => {
  tree = create(createElement(Price, { symbol: "A" }));
});
assert.deepEqual([tree.toJSON().props.className, tree.toJSON().children], ["old", ["–"]]);
await later(() => {
  source().say("hello", { ...HELLO, epoch: "e" });
  source().say("snapshot", [tick("A", 1, 10)], "c1");
});
await later(() => {});
assert.deepEqual([tree.toJSON().props.className, tree.toJSON().children], ["live", ["10"]]);
console.log("drawn");
process.exit();
