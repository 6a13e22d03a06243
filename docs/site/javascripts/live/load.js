/* Brings the scripts of a page's live elements, once one comes near the window. */
(() => {
  "use strict";
  const here = document.currentScript.src;
  const brought = (globalThis.ganBrought ??= {});

  const mathematics = ["network", "game", "training"], machine = ["drawing", "loop", "controls", "machine"];
  const NEEDS = {
    "gan-live": [...mathematics, "laws", "start", ...machine, "presets", "densities", "screen", "element"],
    "gan-live-small": [...mathematics, "laws", "start", "drawing", "loop", "presets", "densities", "small"],
    "gan-plane": [...mathematics, "places", "plane-start", ...machine, "plane-view", "plane-element"],
  };

  const bring = (name) =>
    (brought[name] ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      Object.assign(script, { src: new URL(`${name}.js`, here), async: false, onload: done, onerror: failed });
      document.head.append(script);
    }));
  const near = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        NEEDS[target.localName].forEach(bring);
      }
    },
    { rootMargin: "100% 0%" },
  );
  for (const element of document.querySelectorAll(Object.keys(NEEDS).join())) near.observe(element);
})();
