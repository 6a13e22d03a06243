/* What every page needs: formulas that the build has not set yet, and small repairs of the theme for assistive technology. */
(() => {
  "use strict";

  const root = new URL("..", document.currentScript.src);

  function load(path) {
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      Object.assign(script, { src: new URL(path, root), onload: done, onerror: failed });
      document.head.append(script);
    });
  }

  /* Only under `mkdocs serve`: render_math.mjs sets the formulas of the built site. */
  async function setFormulas() {
    const formulas = [...document.querySelectorAll(".arithmatex:not(:has(.katex))")];
    if (!formulas.length) return;
    if (!globalThis.katex) await load("assets/vendor/katex/katex.min.js");
    for (const formula of formulas) {
      const source = formula.textContent.trim();
      globalThis.katex.render(source.slice(2, -2), formula, {
        displayMode: source.startsWith("\\["),
        macros: { ...globalThis.gantheoryMacros },
        throwOnError: false,
      });
    }
  }

  function repairTheme() {
    document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
    document.querySelectorAll("nav.md-code__nav").forEach((buttons, index) => {
      buttons.setAttribute("aria-label", `Block of code ${index + 1}`); // landmarks need names of their own
    });
    for (const anchor of document.querySelectorAll('a[id][href=""]')) anchor.removeAttribute("href");
    for (const printed of document.querySelectorAll(".language-text pre > code")) {
      const lines = printed.textContent.split("\n");
      const program = lines.some((line) => PROGRAM.test(line));
      printed.classList.toggle("gt-wraps", lines.some((line) => line.length > WIDEST) && !program);
      printed.classList.toggle("gt-sentences", !program && !lines.some((line) => ALIGNED.test(line)));
    }
    markWide();
  }

  /** Where a long name may go on in the next line: behind its dots, underscores and brackets, and not within a word. */
  function breakNames() {
    for (const name of document.querySelectorAll("article :is(code, .doc-object-name):not(pre *, :has(wbr))")) {
      if (name.textContent.length <= (name.closest("table") ? 0 : name.closest("code") ? LONG_NAME : LONG_HEADING)) continue;
      const walker = document.createTreeWalker(name, NodeFilter.SHOW_TEXT), texts = [];
      while (walker.nextNode()) texts.push(walker.currentNode);
      for (const text of texts) {
        const parts = text.data.replace(/\w{3}[._([=,/]+(?=[\w"*-]{3})/g, "$&\n").split("\n");
        if (parts.length > 1) text.replaceWith(...parts.flatMap((part) => [document.createElement("wbr"), part]).slice(1));
      }
    }
  }

  const LONG_NAME = 36, LONG_HEADING = 28; // characters; outside of tables a shorter name goes into the next line as a whole

  const WIDEST = 90; // columns that a box of printed text shows at 1280 pixels; what has longer lines is a message, and wraps
  const ALIGNED = /^ +\S|\S {2,}\S/; // columns, or lines below each other
  const PROGRAM = /^\s*(class|def) \w/; // a printed program does not wrap: it scrolls, as other code does

  // a table scrolls itself until the theme has wrapped it, which it does not on every page opened from disk
  const WIDE =
    ".md-typeset__scrollwrap, .md-typeset table:not([class]), .highlight code, div.arithmatex, .gt-drawing, .gt-panels";

  /** A box that is narrower than its content can be reached by keyboard, and says on which sides there is more. */
  function markWide() {
    for (const box of document.querySelectorAll(WIDE)) markSides(box);
  }

  function markSides(box) {
    const hidden = box.scrollWidth - box.clientWidth, at = Math.abs(box.scrollLeft);
    if (hidden <= 1) return delete box.dataset.more;
    box.tabIndex = 0;
    box.dataset.more = [at > 1 && "left", at < hidden - 1 && "right"].filter(Boolean).join(" ");
  }

  function onPage() {
    globalThis.gantheoryFold();
    breakNames();
    repairTheme();
    setFormulas().then(markWide);
  }

  /* The theme adds its buttons to blocks of code when they come into view. What an experiment draws is not looked at. */
  let waiting = false;
  new MutationObserver((changes) => {
    if (waiting || changes.every(({ target }) => target.closest?.("gan-live, gan-live-small, gan-plane, gan-player, gan-portrait"))) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      repairTheme();
    });
  }).observe(document.documentElement, { childList: true, subtree: true });
  addEventListener("scroll", ({ target }) => target instanceof Element && target.matches(WIDE) && markSides(target), true);
  addEventListener("resize", markWide);
  for (const opens of ["toggle", "change"]) addEventListener(opens, () => requestAnimationFrame(markWide), true);
  document.fonts?.ready.then(markWide);

  /* Instant navigation announces each page, except on pages opened from disk. */
  if (globalThis.document$ && location.protocol !== "file:") globalThis.document$.subscribe(onPage);
  else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", onPage);
  else onPage();
})();
