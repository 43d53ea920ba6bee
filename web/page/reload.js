/**
 * Reloads the page if a part of it failed to load. Without any one of its modules the page does not start, and browsers
 * abort whatever they are loading when the network changes. Not a module itself, so it needs no other file.
 */
"use strict";
{
  /** ms until the next attempt, plus a random time up to the same length. Doubled each time, up to the limit. */
  const WAIT = 1_000;
  const LONGEST_WAIT = 30_000;
  /** Key of the number of reloads, kept from one load of the page to the next. */
  const COUNT = "tickcast.reloads";
  const WORDS = "A part of this page did not load; trying again";
  let waits = false;

  const times = () => {
    try {
      return Number(sessionStorage.getItem(COUNT));
    } catch {
      // No storage: wait as before the fourth reload.
      return 3;
    }
  };

  /** @param {number} count */
  const keep = (count) => {
    try {
      if (count) sessionStorage.setItem(COUNT, String(count));
      else sessionStorage.removeItem(COUNT);
    } catch {
      // No storage.
    }
  };

  const reloadLater = () => {
    setTimeout(reload, Math.min(LONGEST_WAIT, WAIT * 2 ** times()) * (1 + Math.random()));
    keep(times() + 1);
  };

  const reload = async () => {
    try {
      // If no server answers, the browser's own error page would stay for ever.
      if ((await fetch(location.href)).ok) return location.reload();
    } catch {
      // No server yet.
    }
    reloadLater();
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
      reloadLater();
    },
    true,
  );
  addEventListener("load", () => waits || keep(0));
}
