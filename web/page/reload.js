/**
 * Loads the page again if a part of it did not come. Without one of its modules nothing of it starts, and
 * browsers drop whatever they are loading when the network changes. No module itself: it needs no other file.
 */
"use strict";
{
  /** ms until it is tried; as long again, at most, is drawn by lot. */
  const WAIT = 1_000;
  let waits = false;

  const again = async () => {
    try {
      // Where nobody answers, the browser's own error page would stay for ever.
      if ((await fetch(location.href)).ok) location.reload();
    } catch {
      // Not yet.
    }
    setTimeout(again, 5 * WAIT * (1 + Math.random()));
  };

  addEventListener(
    "error",
    ({ target }) => {
      const needed = target instanceof HTMLScriptElement || (target instanceof HTMLLinkElement && target.rel === "stylesheet");
      if (!needed || waits) return;
      waits = true;
      setTimeout(again, WAIT * (1 + Math.random()));
    },
    true,
  );
}
