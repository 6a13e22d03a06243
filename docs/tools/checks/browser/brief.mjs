/* How soon a page shows something, and how much there is to read. */

const MOST_WORDS = 2_500;

/** On a page of the answers or the theory the first picture comes early, and the text that is not folded away is not too long. */
export async function brief(page) {
  return page.evaluate(
    ([lowest, most]) => {
      const found = [], article = document.querySelector("article");
      const pictures = [...article.querySelectorAll("figure .gt-svg, gan-player, canvas, img")].map((one) => ({ one, box: one.getBoundingClientRect() }));
      const tops = pictures.filter(({ one, box }) => one.checkVisibility() && box.width > 150).map(({ box }) => box.top + scrollY);
      const first = Math.round(Math.min(...tops));
      if (!tops.length) found.push("has no picture");
      else if (first > lowest) found.push(`its first picture begins at ${first} px, not within a screen and a half (${lowest} px)`);
      const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
      const aside = "svg, pre, code, script, style, table, figcaption, .katex, .arithmatex, gan-player, [data-folded]";
      let words = 0;
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.parentElement;
        if (element.checkVisibility() && !element.closest(aside)) words += node.data.match(/[A-Za-z][\w’'-]*/g)?.length ?? 0;
      }
      if (words >= most) found.push(`has ${words} words that are not folded away, more than ${most}`);
      return found;
    },
    [1.5 * page.viewportSize().height, MOST_WORDS],
  );
}
