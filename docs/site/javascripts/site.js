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
    for (const box of document.querySelectorAll(".md-typeset__scrollwrap, .highlight code, .arithmatex, .gt-drawing")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    }
  }

  function onPage() {
    repairTheme();
    setFormulas();
  }

  /* The theme adds its buttons to blocks of code when they come into view. */
  new MutationObserver(repairTheme).observe(document.documentElement, { childList: true, subtree: true });

  /* Instant navigation announces each page, except on pages opened from disk. */
  if (globalThis.document$ && location.protocol !== "file:") globalThis.document$.subscribe(onPage);
  else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", onPage);
  else onPage();
})();
