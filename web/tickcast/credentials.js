/**
 * What a page shows of itself to a gateway: a token that it gets where it is needed, or the cookie.
 *
 * @typedef {() => string | Promise<string>} TokenSource returns a token that is good for some time
 */

/**
 * @typedef {object} Shown a token, and when it expires
 * @property {string} token
 * @property {number} expires ms since the epoch by this computer's clock; 0: unknown
 */

/** ms that a token may take. */
const TIMEOUT = 10_000;

export class Credentials {
  /** What the running stream goes by. @type {Shown} */
  #shown = { token: "", expires: 0 };
  #source;
  #cookie;

  /**
   * @param {TokenSource} [source]
   * @param {boolean} [cookie] send cookies to another origin of this site, too, and beside a token
   */
  constructor(source, cookie = false) {
    this.#source = source;
    this.#cookie = cookie;
  }

  /** Whether there are tokens: a stream is then read by fetch, since EventSource can set no header. */
  get hasTokens() {
    return Boolean(this.#source);
  }

  /** Whether cookies go to another origin, too. */
  get sendsCookies() {
    return this.#cookie;
  }

  /** The token of the running stream; empty: it has none. */
  get token() {
    return this.#shown.token;
  }

  /** When the token of the running stream expires, ms since the epoch by this computer's clock; 0: unknown. */
  get expires() {
    return this.#shown.expires;
  }

  /** What an EventSource is made with. @returns {EventSourceInit} */
  get eventSourceInit() {
    return { withCredentials: this.#cookie };
  }

  /** What a request is sent with, beside its headers: a cookie must not contradict a token. @returns {RequestInit} */
  get requestInit() {
    if (this.#cookie) return { credentials: "include" };
    return this.#source ? { credentials: "omit" } : {};
  }

  /**
   * Return a new token, which nothing goes by until it is adopted. Throws what its source throws, or if there is none
   * in time.
   *
   * @returns {Promise<Shown>}
   */
  async renew() {
    const token = await within(TIMEOUT, this.#source?.());
    if (!token || typeof token !== "string") throw new Error("there is no token");
    return { token, expires: expiryOf(token) };
  }

  /**
   * The running stream goes by this token from now on.
   *
   * @param {Shown} shown
   */
  adopt(shown) {
    this.#shown = shown;
  }

  /** The headers of a request about a running stream, with its token. @returns {Record<string, string>} */
  get running() {
    return headersOf(this.#shown.token);
  }
}

/**
 * Return the headers that show a token.
 *
 * @param {string} token empty: none
 * @returns {Record<string, string>}
 */
export function headersOf(token) {
  return token ? { authorization: `Bearer ${token}` } : {};
}

/**
 * Return what is promised; throws if that takes longer than `ms`.
 *
 * @template T
 * @param {number} ms
 * @param {T | Promise<T>} promised
 * @returns {Promise<T>}
 */
async function within(ms, promised) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no token came within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([promised, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Return when a JWT expires, ms since the epoch; 0 if it does not say, or is none.
 *
 * @param {string} token
 */
export function expiryOf(token) {
  const { exp } = claimsOf(token) ?? {};
  return Number.isFinite(exp) ? exp * 1000 : 0;
}

/**
 * Return the claims of a JWT, which nobody has proved; undefined: it is none.
 *
 * @param {string} token
 * @returns {Record<string, any> | undefined}
 */
export function claimsOf(token) {
  try {
    const claims = JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
    return claims && typeof claims === "object" ? claims : undefined;
  } catch {
    return undefined;
  }
}
