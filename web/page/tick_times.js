/**
 * How far the reader's clock is ahead of the times of ticks, as the ticks tell that come: they may be of another clock, or
 * of a recording. No DOM.
 *
 * A tick that has just come is as old as the stream may have held it back, at most. So each bounds the difference from
 * both sides, and a tick of a slow stream says less than one of a fast stream.
 */

/** ms by which a tick may be older than its interval allows, on its way. */
const INEXACT = 2_000;

/** How often ticks may contradict each other: a recording may be played at any speed, and its times are then of no use. */
const MOST_CONTRADICTIONS = 2;

/** ms after an interval in which its ticks may still come. */
const LINGERS = 5_000;

export class TickTimes {
  /** ms; NaN: the times are of no use. */
  ahead = 0;
  /** What the ticks so far allow, ms. */
  #least = -Infinity;
  #most = Infinity;
  #contradictions = 0;
  /** The longest interval whose ticks may still come, ms, and until when they may. */
  #interval = 0;
  #until = 0;

  /** Forget what ticks have told: those of another feed come. */
  startOver() {
    this.ahead = 0;
    [this.#least, this.#most, this.#contradictions] = [-Infinity, Infinity, 0];
  }

  /**
   * Take in what the newest of the ticks tells that have come. Return whether `ahead` is another one.
   *
   * @param {number} age ms of it, by its own time and the reader's clock
   * @param {number} interval ms of the stream
   * @param {number} since ms in which it may have come without being looked at
   * @param {number} now ms since the epoch
   */
  take(age, interval, since, now) {
    if (interval >= this.#interval || now > this.#until) [this.#interval, this.#until] = [interval, now + interval + LINGERS];
    if (Number.isNaN(this.ahead)) return false;
    const held = this.#interval + since;
    this.#bound(age - held - INEXACT, age);
    if (this.#contradictions > MOST_CONTRADICTIONS) this.ahead = NaN;
    else if (this.ahead < this.#least || this.ahead > this.#most + INEXACT) this.ahead = this.#most;
    else return false;
    return true;
  }

  /** @param {number} least @param {number} most ms that one tick allows */
  #bound(least, most) {
    [this.#least, this.#most] = [Math.max(this.#least, least), Math.min(this.#most, most)];
    if (this.#least <= this.#most) return;
    this.#contradictions += 1;
    [this.#least, this.#most] = [least, most];
  }
}
