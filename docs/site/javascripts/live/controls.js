/* What the reader can choose, as markup. A control's name is the place of its setting. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const PACES = { slow: ["5 steps a second", 5], usual: ["80 steps a second", 80], full: ["as fast as it can", Infinity] };

  /* The weight that comes with a penalty. */
  const WEIGHTS = { none: 0, r1: 1, r1_r2: 1, one: 10, clip: 0.1 };

  const button = (name, label) => `<button type="button" name="${name}">${label}</button>`;
  const option = ([value, label]) => `<option value="${value}">${label}</option>`;
  const choice = (name, label, options) => `<label>${label} <select name="${name}">${Object.entries(options).map(option).join("")}</select></label>`;
  const number = (name, label, rest) => `<label>${label} <input type="number" name="${name}" min="0" required ${rest}></label>`;
  const tick = (name, label) => `<label class="gt-tick-box"><input type="checkbox" name="${name}"> ${label}</label>`;
  const part = (legend, ...fields) => `<fieldset><legend>${legend}</legend>${fields.join("")}</fieldset>`;

  const losses = {
    minimax: "minimax", nonsaturating: "non-saturating", least_squares: "least squares",
    wasserstein: "Wasserstein", hinge: "hinge", relativistic: "relativistic",
  };
  const penalties = { none: "none", r1: "R1", r1_r2: "R1 + R2", one: "slope 1 in between", clip: "weight clipping" };
  const rules = { descent: "gradient descent", adam: "Adam, β 0.5, 0.999", adam_no_momentum: "Adam, β 0, 0.99" };
  const real = 'step="any"';

  /** `presets`: name to label; `body`: what stands between the buttons and the settings; `last`: the last part of these. */
  const markup = ({ presets, body, last }) => `
    <div class="gt-row" role="group" aria-label="Presets">${Object.entries(presets).map(([name, { label }]) => button(name, label)).join("")}</div>
    <div class="gt-row">${button("run", "Start")}${button("one", "Step")}${button("discriminator", "D alone")}${button("generator", "G alone")}
      ${choice("pace", "Speed", Object.fromEntries(Object.entries(PACES).map(([name, [label]]) => [name, label])))}
      ${button("reset", "Reset")}${button("defaults", "Defaults")}<span class="gt-reading"></span></div>
    <p class="gt-status" role="status"></p>
    ${body}
    <form class="gt-settings">
      ${part("Game", choice("loss", "Loss", losses), choice("penalty", "Penalty", penalties), number("weight", "its weight, or bound", real))}
      ${part(
        "Discriminator",
        choice("discriminator.rule", "Optimiser", rules),
        number("discriminator.rate", "Learning rate", real),
        number("discriminator.moves", "Moves per step", 'max="50"'),
      )}
      ${part(
        "Generator",
        choice("generator.rule", "Optimiser", rules),
        number("generator.rate", "Learning rate", real),
        tick("average", "judge its average"),
      )}
      ${last}
    </form>`;
  const seedField = number("seed", "Seed", 'max="999999"');

  const words = { loss: losses, penalty: penalties, rule: rules };
  Object.assign(live, { PACES, WEIGHTS, button, choice, markup, part, seedField, tick, words });
})();
