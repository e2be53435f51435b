/**
 * Structures to learn from tables, and the search among them: from columns with holes to an exact
 * circuit. A structure is built with a start that the data suggest, its parameters are then learned
 * by the engine's learner, which knows circuits but no structures; the search compares candidates
 * on rows that they have not seen and mixes the best.
 *
 * <p>Knows the engine only: no files of tables, no command. Papers: Chow and Liu, Approximating
 * discrete probability distributions with dependence trees (1968); Liu and Van den Broeck,
 * Tractable regularization of probabilistic circuits (2021: hidden Chow-Liu trees); Peharz et al.,
 * Einsum networks (2020) and Random sum-product networks (2019); Wolpert, Stacked generalization
 * (1992); Jamieson and Talwalkar, Non-stochastic best arm identification (2016: halving).
 */
@NullMarked
package org.ugmm.compiler.build;

import org.jspecify.annotations.NullMarked;
