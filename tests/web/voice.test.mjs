import assert from "node:assert/strict";
import { test } from "node:test";

import { Voice } from "../../web/elements/voice.js";

const LIVE = { link: "open", status: 0, detail: "", interval: 250, attempts: 0, feed: "live", reason: "", retryAt: 0, quietSince: 0 };
const STALE = { ...LIVE, feed: "stale", reason: "no publisher" };

/** What is heard of states that follow each other. */
function heard(...states) {
  const element = { setAttribute: () => {}, textContent: "" };
  globalThis.document = { createElement: () => element };
  const voice = new Voice();
  delete globalThis.document;
  return states.map((state) => {
    element.textContent = "";
    voice.say(state);
    return element.textContent;
  });
}

test("a screen reader is told of the first state that is not live, and of none that is", () => {
  const connecting = { ...LIVE, link: "connecting" };
  assert.deepEqual(heard(connecting, LIVE, LIVE), ["", "", ""]);
  assert.deepEqual(heard(connecting, STALE, STALE, LIVE), ["", "Prices: Stale: no publisher", "", "Prices: Live"]);
  assert.deepEqual(heard({ ...LIVE, link: "refused", status: 401 }), ["Prices: Not signed in"]);
});

test("it is told of every change after that", () => {
  const again = { ...LIVE, link: "connecting", attempts: 1 };
  assert.deepEqual(heard(LIVE, again, again, STALE, LIVE), ["", "Prices: Reconnecting", "", "Prices: Stale: no publisher", "Prices: Live"]);
});
