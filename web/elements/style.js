/** The look of the elements. A page sets the variables; it cannot take the state away. */

export const sheet = new CSSStyleSheet();

sheet.replaceSync(`
  :host {
    --up: var(--tickcast-up, light-dark(#067647, #3ddc91));
    --down: var(--tickcast-down, light-dark(#b42318, #ff8078));
    --dim: var(--tickcast-dim, light-dark(#566173, #93a1b5));
    --live: var(--tickcast-live, light-dark(#0b8a4a, #2fd07f));
    --alarm: var(--tickcast-alarm, light-dark(#a8480a, #ffab57));
    font-variant-numeric: tabular-nums;
  }
  :host(tickcast-price) { display: inline; }
  :host(tickcast-ticker) { display: flex; gap: 0.5em; align-items: center; min-width: 0; }
  :host([hidden]) { display: none; }
  .quote { white-space: nowrap; }
  .symbol { font-weight: 600; }
  .symbol, .name {
    display: inline-block; max-width: 16em; overflow: hidden; text-overflow: ellipsis; vertical-align: bottom;
  }
  .name { color: var(--dim); }
  .change[data-trend="up"] { color: var(--up); }
  .change[data-trend="down"] { color: var(--down); }
  .quote:has(.state:not([data-state="live"])) :is(.price, .change) { color: var(--dim); }
  .state { font-size: 0.75em; color: var(--alarm); }
  /* Live and real: a dot for the eye, the word for a screen reader. */
  .state[data-plain] { display: inline-block; width: 0.6em; overflow: hidden; white-space: nowrap; text-indent: 1em; }
  .state[data-plain]::before {
    content: ""; float: left; margin-top: 0.4em; width: 0.55em; height: 0.55em; border-radius: 50%;
    background: var(--live); forced-color-adjust: none;
  }
  .place { flex: 1; min-width: 0; overflow-x: auto; scrollbar-width: thin; }
  .place[data-moves] { overflow: hidden; }
  .place:focus-visible, .pause:focus-visible { outline: 2px solid currentcolor; outline-offset: 2px; }
  ul { display: inline-flex; gap: 2em; margin: 0; padding: 0.25em 0; list-style: none; }
  li { flex: none; }
  .more { color: var(--dim); }
  .more:empty { display: none; }
  .pause {
    font: inherit; font-size: 0.75em; color: var(--dim); background: none; border: 1px solid currentcolor;
    border-radius: 0.3em; min-width: 2em; min-height: 2em; padding: 0; cursor: pointer;
  }
  .pause[hidden] { display: none; }
  .voice { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`);
