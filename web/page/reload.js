/**
 * Loads the page again if a part of it did not come. Without one of its modules nothing of it starts, and
 * browsers drop whatever they are loading when the network changes. No module itself: it needs no other file.
 */
"use strict";
{
  /** ms until it is tried; as long again, at most, is drawn by lot. Doubled each time, so far. */
  const WAIT = 1_000;
  const LONGEST_WAIT = 30_000;
  /** Where the number of times is kept over a loading of the page. */
  const COUNT = "tickcast.reloads";
  const WORDS = "A part of this page did not load; trying again";
  let waits = false;

  const times = () => {
    try {
      return Number(sessionStorage.getItem(COUNT));
    } catch {
      // Nothing may be kept: always as if it were the fourth time.
      return 3;
    }
  };

  /** @param {number} count */
  const keep = (count) => {
    try {
      if (count) sessionStorage.setItem(COUNT, String(count));
      else sessionStorage.removeItem(COUNT);
    } catch {
      // As above.
    }
  };

  const later = () => {
    setTimeout(again, Math.min(LONGEST_WAIT, WAIT * 2 ** times()) * (1 + Math.random()));
    keep(times() + 1);
  };

  const again = async () => {
    try {
      // Where nobody answers, the browser's own error page would stay for ever.
      if ((await fetch(location.href)).ok) return location.reload();
    } catch {
      // Not yet.
    }
    later();
  };

  const tell = () => {
    const place = document.getElementById("status-text");
    if (place) place.textContent = WORDS;
    else document.addEventListener("DOMContentLoaded", tell, { once: true });
  };

  addEventListener(
    "error",
    ({ target }) => {
      const needed = target instanceof HTMLScriptElement || (target instanceof HTMLLinkElement && target.rel === "stylesheet");
      if (!needed || waits) return;
      waits = true;
      tell();
      later();
    },
    true,
  );
  addEventListener("load", () => waits || keep(0));
}
