"""Correlated uniform variables, one per column, by a Gaussian copula with the date."""

from collections.abc import Mapping

import numpy as np
from scipy.special import ndtr

from mlops_pipeline.src.data.generator.calendar import Dates
from mlops_pipeline.src.data.generator.parameters import Floats, Parameters

Uniforms = Mapping[str, Floats]


def draw_uniforms(rng: np.random.Generator, dates: Dates, parameters: Parameters) -> Uniforms:
    """Return for each column (n,) values in (0, 1), dependent on each other and on the date."""
    scores = rng.standard_normal((dates.latent.size, len(parameters.latent_names)))
    scores[:, 0] = dates.latent
    correlated = scores @ parameters.latent_factor.T
    period = parameters.months.period[dates.month]
    for name, shift in parameters.shifts.items():
        correlated[:, parameters.latent_names.index(name)] += shift[period]
    return dict(zip(parameters.latent_names, ndtr(correlated).T, strict=True))
