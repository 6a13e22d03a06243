/* On a phone a drawing is as wide as the text, and the words in it shrink with it. */

const SMALLEST = 8; // pixels

/** No label of a drawing is set too small to be read. */
export async function labels(page) {
  const small = (await smallestLabels(page)).filter(({ size }) => size < SMALLEST);
  return small.map(({ size, text, name }) => `"${text}" is ${size.toFixed(1)} px high, less than ${SMALLEST}, in the drawing "${name.slice(0, 60)}…"`);
}

/** Each drawing with the label that is set smallest in it: its size in pixels, and what it says. */
export function smallestLabels(page) {
  return page.evaluate(() => {
    const folds = [...document.querySelectorAll("article details:not([open])")];
    for (const fold of folds) fold.open = true;
    const drawings = [...document.querySelectorAll("article .gt-svg")].filter((one) => one.checkVisibility());
    const found = drawings.flatMap((drawing) => {
      const sizes = [...drawing.querySelectorAll("text")].map((label) => ({ size: pixels(label), text: label.textContent.trim() }));
      const [least] = sizes.filter(({ text }) => text).sort((one, other) => one.size - other.size);
      return least ? [{ ...least, name: drawing.getAttribute("aria-label") ?? "", width: Math.round(drawing.clientWidth) }] : [];
    });
    for (const fold of folds) fold.open = false;
    return found;

    /** The size of a label's letters as they are seen; an index or a power is smaller, as in every formula. */
    function pixels(label) {
      const { a, b } = label.getScreenCTM();
      const sizes = [label, ...label.querySelectorAll("tspan")].filter((part) => [...part.childNodes].some((node) => node.data?.trim()));
      return Math.hypot(a, b) * Math.max(...sizes.map((part) => parseFloat(getComputedStyle(part).fontSize)));
    }
  });
}
