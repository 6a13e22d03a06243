/* The presets of the page in the plane. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const shared = { penalty: "none", weight: 0, data: "ring", places: [], average: false };
  const hasty = {
    ...shared, loss: "nonsaturating",
    discriminator: { rule: "adam", rate: 5e-4, moves: 1 },
    generator: { rule: "adam", rate: 1e-2 },
  };
  const recipe = {
    ...shared, loss: "relativistic", penalty: "r1_r2", weight: 0.1, average: true,
    discriminator: { rule: "adam_no_momentum", rate: 4e-3, moves: 1 },
    generator: { rule: "adam_no_momentum", rate: 2e-3 },
  };
  const strong = {
    ...shared, loss: "minimax",
    discriminator: { rule: "adam", rate: 2e-3, moves: 1 },
    generator: { rule: "descent", rate: 3e-3 },
  };

  const PLANE_PRESETS = {
    collapse: { label: "1 Mode collapse", settings: hasty, ahead: 0 },
    recipe: { label: "2 The recipe", settings: recipe, ahead: 0 },
    stuck: { label: "3 Strong discriminator, minimax", settings: strong, ahead: 1000, after: {} },
    freed: { label: "4 Now non-saturating", settings: strong, ahead: 1000, after: { loss: "nonsaturating" } },
  };
  const PLANE_SEED = 1;

  Object.assign(live, { PLANE_PRESETS, PLANE_SEED });
})();
