/**
 * The most probable explanation of circuits without links: max-product and its traceback where the
 * circuit is deterministic, the k best, Pareto fronts over the groups of a structured circuit of
 * categorical variables, and else a search over boxes with proven upper bounds.
 *
 * <p>The evidence is folded into the circuit first; what is left is bounded over a box by
 * second-order Taylor expansions with intervals as remainders. Sources: Darwiche (2003) for
 * max-product; Carreira-Perpinan (2000) for the ascent; Hansen and Walster, <i>Global Optimization
 * Using Interval Analysis</i> (2004), for the search.
 */
@NullMarked
package org.ugmm.engine.mpe;

import org.jspecify.annotations.NullMarked;
