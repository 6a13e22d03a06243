/* The macros of every formula, for the page (site.js) and for the check after the build (docs/tools/checks/render_math.mjs). */
globalThis.gantheoryMacros = {
  "\\R": "\\mathbb{R}",
  "\\N": "\\mathcal{N}",
  "\\E": "\\mathop{\\mathbb{E}}",
  "\\Var": "\\operatorname{Var}",
  "\\KL": "\\operatorname{KL}",
  "\\JSD": "\\operatorname{JSD}",
  "\\pdata": "p_{\\mathrm{data}}",
  "\\dd": "\\mathrm{d}",
  "\\norm": "\\left\\lVert #1 \\right\\rVert",
  "\\abs": "\\left\\lvert #1 \\right\\rvert",
  "\\argmin": "\\operatorname*{arg\\,min}",
  "\\argmax": "\\operatorname*{arg\\,max}",
};
