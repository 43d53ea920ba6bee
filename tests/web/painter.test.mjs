import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Painter } from "../../web/tickcast/painter.js";
import { installBrowser } from "./fakes.mjs";

test("it paints once per frame, however often it was requested", () => {
  const frame = installBrowser();
  let paints = 0;
  const painter = new Painter(() => (paints += 1));
  painter.request();
  painter.request();
  assert.equal(paints, 0);
  frame();
  assert.equal(paints, 1);
  frame();
  assert.equal(paints, 1);
  painter.request();
  painter.close();
  frame();
  assert.equal(paints, 1);
});

test("without frames, a timer replaces them", () => {
  delete globalThis.requestAnimationFrame;
  delete globalThis.cancelAnimationFrame;
  mock.timers.enable({ apis: ["setTimeout"] });
  let paints = 0;
  new Painter(() => (paints += 1)).request();
  mock.timers.tick(16);
  mock.timers.reset();
  assert.equal(paints, 1);
});
