/* Long listings and folded checks: a button under each listing, and one in the header that holds for the whole site. */
(() => {
  "use strict";

  const LONG = 24; // lines; a listing up to here is shown whole
  const KEY = "gantheory-code";
  const SECRET = /^(answer|hint|solution|reveal)/i; // an exercise's answer stays closed, and what is to be predicted

  const remembered = () => {
    try {
      return localStorage.getItem(KEY) === "unfolded";
    } catch {
      return false; // a browser that keeps nothing
    }
  };
  let unfolded = remembered();

  const lines = (code) => code.textContent.trimEnd().split("\n").length;

  function fold(box, folded) {
    box.toggleAttribute("data-folded", folded);
    const button = box.querySelector(".gt-unfold");
    button.textContent = folded ? `Show all ${box.dataset.lines} lines` : "Show the first lines only";
    button.setAttribute("aria-expanded", String(!folded));
  }

  /** A listing in a tab was asked for, and is shown whole. */
  function foldListings() {
    for (const box of document.querySelectorAll(".md-content .highlight.language-python:not(.gt-long)")) {
      const code = box.querySelector("pre > code");
      if (!code || box.closest(".tabbed-set") || lines(code) <= LONG) continue;
      box.classList.add("gt-long");
      box.dataset.lines = lines(code);
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "gt-unfold" });
      button.addEventListener("click", () => fold(box, !box.hasAttribute("data-folded")));
      box.append(button);
      fold(box, !unfolded);
    }
  }

  function apply() {
    for (const box of document.querySelectorAll(".gt-long")) fold(box, !unfolded);
    for (const check of document.querySelectorAll("article details")) {
      if (!SECRET.test(check.querySelector("summary")?.textContent.trim() ?? "")) check.open = unfolded;
    }
    const button = document.querySelector(".gt-code-switch");
    if (button) button.setAttribute("aria-pressed", String(unfolded));
  }

  function addSwitch() {
    const header = document.querySelector(".md-header__inner");
    if (!header || header.querySelector(".gt-code-switch")) return;
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "gt-code-switch", textContent: "Unfold all" });
    button.setAttribute("aria-pressed", String(unfolded));
    button.title = "Show every listing and every check of the site unfolded";
    button.addEventListener("click", () => {
      unfolded = !unfolded;
      try {
        localStorage.setItem(KEY, unfolded ? "unfolded" : "folded");
      } catch {
        // it holds until the next page from a server
      }
      apply();
    });
    header.insertBefore(button, header.querySelector("[for=__search]")); // before the search, or last
  }

  globalThis.gantheoryFold = () => {
    addSwitch();
    foldListings();
    if (unfolded) apply();
  };
})();
