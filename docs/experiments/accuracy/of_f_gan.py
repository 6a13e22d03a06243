"""The rows of the table of f-divergences: the divergence itself, and the losses of its f-GAN."""

from experiments.accuracy.case import Case, Exact
from experiments.accuracy.formulas import exp, expm1, log, mean, of_classes, softplus, sqrt
from experiments.accuracy.of_losses import two_sides
from experiments.accuracy.points import classes, logits
from gantheory import divergences, losses

EXACT_ROWS: dict[str, tuple[Exact, Exact, Exact]] = {  # f(u), g_f(v), f*(g_f(v))
    "kl": (lambda u: u * log(u), lambda v: v, lambda v: exp(v - 1)),
    "reverse_kl": (lambda u: -log(u), lambda v: -exp(-v), lambda v: v - 1),
    "pearson_chi2": (lambda u: (u - 1) ** 2, lambda v: v, lambda v: v * v / 4 + v),
    "squared_hellinger": (lambda u: (sqrt(u) - 1) ** 2, lambda v: -expm1(-v), expm1),
    "jensen_shannon": (
        lambda u: u * log(u) - (u + 1) * log((u + 1) / 2),
        lambda v: log(2) - softplus(-v),
        lambda v: softplus(v) - log(2),
    ),
    "gan": (
        lambda u: u * log(u) - (u + 1) * log(u + 1),
        lambda v: -softplus(-v),
        softplus,
    ),
}

F_GAN: dict[str, Case] = {}
for name, (_generator, _activation, _conjugate) in EXACT_ROWS.items():
    F_GAN[f"divergences.f_divergence_categorical, {name}"] = Case(
        lambda p, q, name=name: divergences.f_divergence_categorical(
            divergences.F_DIVERGENCES[name], p, q
        ),
        of_classes(lambda p, q, f=_generator: q * f(p / q)),
        classes(),
        terms=(lambda p, q: 2 * log(2)) if name == "gan" else None,
    )
    F_GAN[f"losses.f_gan_generator_loss, {name}"] = Case(
        lambda h, name=name: losses.f_gan_generator_loss(divergences.F_DIVERGENCES[name], h),
        lambda h, f=_conjugate: -mean(map(f, h)),
        logits(3, high=1.9),
        terms=lambda h, f=_conjugate: max(abs(f(v)) for v in h),
    )
    F_GAN[f"losses.f_gan_critic_loss, {name}"] = two_sides(
        lambda x, h, name=name: losses.f_gan_critic_loss(divergences.F_DIVERGENCES[name], x, h),
        lambda x, f=_activation: -f(x),
        _conjugate,
        points=logits(3, 2, high=1.9),
    )
    F_GAN[f"divergences.variational_bound, {name}"] = two_sides(
        lambda x, h, name=name: divergences.variational_bound(
            divergences.F_DIVERGENCES[name], x, h
        ),
        _activation,
        lambda h, f=_conjugate: -f(h),
        points=logits(3, 2, high=1.9),
    )
