/** The token of this tab, if the reader has handed one in: kept until the tab is closed, and shown by every request. */

import { headersOf } from "../tickcast/credentials.js";
import { request } from "../tickcast/refusal.js";

/** Not in localStorage: it is for this tab, and goes with it. */
const NAME = "tickcast.token";

/** Return the token; empty: there is none, and the browser may have the cookie. */
export function heldToken() {
  try {
    return sessionStorage.getItem(NAME) ?? "";
  } catch {
    return "";
  }
}

/**
 * Keep a token for this tab.
 *
 * @param {string} token empty: forget the one that there is
 * @returns {boolean} whether the browser keeps it
 */
export function holdToken(token) {
  try {
    if (token) sessionStorage.setItem(NAME, token);
    else sessionStorage.removeItem(NAME);
    return true;
  } catch {
    return false;
  }
}

/** Return what a stream gets its tokens from; undefined: it has none, and goes by the cookie. */
export function tokenSource() {
  return heldToken() ? heldToken : undefined;
}

/**
 * Ask a gateway for something, with the token.
 *
 * @param {string} address
 * @param {AbortSignal} signal
 */
export function ask(address, signal) {
  return fetch(address, { ...shown(heldToken()), signal });
}

/**
 * Return what a gateway says to a token, by a request that names no symbol.
 *
 * @param {string} token empty: none, but perhaps the cookie
 * @returns {Promise<import("../tickcast/refusal.js").Reply>}
 */
export function tryToken(token) {
  return request("v1/symbols", new AbortController().signal, shown(token));
}

/**
 * Follow whether the gateways want a token, and load the form for it where they do, or there is one: most pages have
 * none.
 *
 * @param {() => void} onToken another token is held, in place of one before
 * @returns {(state: Readonly<import("../tickcast.js").State>) => void}
 */
export function followAccess(onToken) {
  /** @type {Promise<import("./token_form.js").TokenForm> | undefined} */
  let form;
  return (state) => {
    if (!form && (heldToken() || (state.link === "refused" && /^40[13]$/.test(String(state.status))))) {
      form = import("./token_form.js").then(({ TokenForm }) => new TokenForm(onToken));
      // It did not come: the next state tries again.
      form.catch(() => (form = undefined));
    }
    form?.then((ready) => ready.follow(state)).catch(() => {});
  };
}

/**
 * Return what a request shows a token by.
 *
 * @param {string} token
 * @returns {RequestInit}
 */
export function shown(token) {
  if (!token) return {};
  // A cookie beside it may say otherwise, and two tokens that differ are refused. Where a gateway redirects to, it must
  // not go.
  return { headers: headersOf(token), credentials: "omit", redirect: "error" };
}
