/* The answer that could be handed in is short. */

const MOST_LINES = 10; // at a width of 1280 pixels

/** No answer box of the page is longer than could be handed in. */
export async function answer(page) {
  const long = (await answerLines(page)).filter(({ lines }) => lines > MOST_LINES);
  return long.map(({ title, lines }) => `the box "${title}" has ${lines} lines, more than ${MOST_LINES}`);
}

/** Each answer box with the number of its lines, the title aside. A line of text is one, however high a formula makes it. So is
    each row of a displayed formula: its fractions, sums and margins take no line by hand. */
export function answerLines(page) {
  return page.evaluate(() => {
    return [...document.querySelectorAll("article .admonition.answer")].map((box) => {
      const rows = [...box.querySelectorAll(".katex-display math")].map((formula) => Math.max(1, formula.querySelectorAll("mtr").length));
      const title = box.querySelector(".admonition-title").textContent.trim();
      return { title, lines: textLines(box) + rows.reduce((sum, count) => sum + count, 0) };
    });

    /** The pieces of a line follow each other to the right: one that begins left of the end of the last begins a line. */
    function textLines(box) {
      const walker = document.createTreeWalker(box, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, isPiece);
      let lines = 0, end = Infinity;
      while (walker.nextNode()) {
        const range = document.createRange();
        range.selectNode(walker.currentNode);
        for (const { left, right } of walker.currentNode.data ? range.getClientRects() : walker.currentNode.getClientRects()) {
          if (left < end - 1) lines += 1;
          end = right;
        }
      }
      return lines;
    }

    /** Text, and what does not break in a formula, as a whole: an index begins no line. */
    function isPiece(node) {
      if (node.data) return node.data.trim() ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP;
      if (node.matches(".admonition-title, .katex-display, .katex-mathml, .katex-base > *")) return NodeFilter.FILTER_REJECT;
      return node.matches(".katex-base") ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP;
    }
  });
}
