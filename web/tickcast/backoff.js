/** How long to wait before trying again. Pure. */

/** ms: the first wait where no gateway has named one; each further one is up to twice as long. */
export const FIRST_WAIT = 3_000;

/** ms that a wait is never longer than, whatever a gateway asks for in its stream. */
export const LONGEST_WAIT = 30_000;

/** ms that a server may ask for by Retry-After: more than that is a mistake of somebody's. */
const LONGEST_RETRY_AFTER = 300_000;

/**
 * Return how long to wait, in ms. Drawn by lot, so that many clients that were cut off together do
 * not come back together.
 *
 * @param {number} attempts failed since the last success
 * @param {number} lot from 0 to 1
 * @param {number} [first] the wait that the gateway named in its hello, another for each client
 * @param {number} [least] ms that the server asked for
 */
export function backOff(attempts, lot, first = FIRST_WAIT, least = 0) {
  const drawn = Math.min(LONGEST_WAIT, first * 2 ** attempts) * (0.5 + lot / 2);
  // Everybody was told the same moment: behind it they come spread over half of its time.
  return Math.round(Math.max(drawn, Math.min(least, LONGEST_RETRY_AFTER) * (1 + lot / 2)));
}

/**
 * Return the ms that a Retry-After header asks for: seconds, or a date. 0 if there is none.
 *
 * @param {string | null} header
 * @param {number} now ms since the epoch
 */
export function retryAfter(header, now) {
  if (!header) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return ms > 0 ? ms : 0;
}
