/** The form for a token: shown while there is something to say of it. */

import { element, show } from "./elements.js";
import { heldToken, holdToken, tryToken } from "./token.js";
import { TokenNotice, termOf, verdictOf } from "./token_notice.js";
import { isPossible, pasted } from "./token_words.js";

/** ms until words are written into what was hidden before: a screen reader says only what changes in sight. */
const BREATH = 100;

const FORM = `
  <h2 id="access-title">Token</h2>
  <p id="access-why" role="status"></p>
  <form>
    <label>Token <input id="token" type="password" aria-describedby="access-why" autocomplete="off" spellcheck="false"></label>
    <button>Use it</button>
    <button id="token-later" type="button" hidden>Later</button>
    <button id="token-forget" type="button" hidden>Forget the one of this tab</button>
  </form>
  <p class="note">This tab keeps it until you close it, and a duplicate of the tab gets a copy.</p>`;

const FACT = `<dt>Token</dt>
  <dd><span id="token-until"></span> <button id="token-other" type="button">Another</button></dd>`;

/** @typedef {Readonly<import("../tickcast.js").State>} State */

export class TokenForm {
  #section = placed();
  #input = /** @type {HTMLInputElement} */ (element("token"));
  #notice = new TokenNotice();
  #onToken;
  /** What is said, or about to be. */
  #words = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #speaking;

  /** @param {() => void} onToken another token is held, in place of one before */
  constructor(onToken) {
    this.#onToken = onToken;
    this.#section.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#take(pasted(this.#input.value));
    });
    element("token-later").addEventListener("click", () => {
      this.#notice.dismiss();
      this.review();
    });
    element("token-forget").addEventListener("click", () => {
      holdToken("");
      location.reload();
    });
    if (!heldToken()) return;
    element("token-forget").hidden = false;
    const fact = document.createElement("div");
    fact.id = "token-row";
    fact.innerHTML = FACT;
    document.querySelector("#stream dl > :last-child")?.before(fact);
    element("token-other").addEventListener("click", () => {
      this.#notice.ask();
      this.review();
      this.#input.focus();
    });
    this.review();
    setInterval(() => this.review(), 1_000);
  }

  /** @param {State} state of the stream */
  follow(state) {
    const before = this.#stops;
    this.#notice.follow(state, heldToken());
    this.review();
    // A reader who is somewhere else is not torn away.
    if (this.#stops && !before && document.activeElement === document.body) this.#input.focus();
  }

  /** Whether prices wait for a token. */
  get #stops() {
    return !this.#section.hidden && !this.#notice.mayWait;
  }

  /** Say what there is to say now; the form is hidden while that is nothing. */
  review() {
    const token = heldToken();
    if (token) show("token-until", termOf(token));
    const words = this.#notice.words(token, Date.now());
    this.#section.hidden = !words;
    // Without prices there is nothing to go on with.
    element("token-later").hidden = !this.#notice.mayWait;
    if (words === this.#words) return;
    this.#words = words;
    clearTimeout(this.#speaking);
    this.#speaking = setTimeout(() => show("access-why", words), words ? BREATH : 0);
    if (!words) this.#input.removeAttribute("aria-invalid");
  }

  /** @param {string} token */
  async #take(token) {
    if (!isPossible(token)) return this.#refuse(token ? "That is no token: it has other characters than one." : "Paste the token first.");
    this.#section.setAttribute("aria-busy", "true");
    const verdict = verdictOf(await tryToken(token), token);
    this.#section.removeAttribute("aria-busy");
    if (verdict) return this.#refuse(verdict);
    const before = heldToken();
    if (!holdToken(token)) return this.#refuse("This browser keeps nothing for a page: allow it to store data.");
    // Whatever was read without a token was refused: begin again with it.
    if (!before) return location.reload();
    this.#input.value = "";
    const focused = this.#section.contains(document.activeElement);
    this.#notice.taken();
    this.review();
    if (focused) element("token-other").focus();
    show("notice", `Token taken: ${termOf(token)}`);
    this.#onToken();
  }

  /** @param {string} why */
  #refuse(why) {
    this.#notice.refuse(why);
    this.#input.setAttribute("aria-invalid", "true");
    this.review();
    this.#input.focus();
  }
}

/** Return the section of the form, hidden, between the header and the prices. */
function placed() {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = String(new URL("token.css", import.meta.url));
  document.head.append(style);
  const section = document.createElement("section");
  section.id = "access";
  section.className = "card";
  section.hidden = true;
  section.setAttribute("aria-labelledby", "access-title");
  section.innerHTML = FORM;
  document.querySelector("main")?.before(section);
  return section;
}
