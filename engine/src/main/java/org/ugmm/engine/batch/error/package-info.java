/**
 * What the values of a tile prove of their rounding: bounds from the value of a row and the plan
 * alone where there are no links, bounds that run beside the steps where there are, and bounds on
 * posteriors.
 *
 * <p>Each class begins with its proof. Errors are of log2 here, since values are. Source: Higham,
 * <i>Accuracy and Stability of Numerical Algorithms</i> (2002).
 */
@NullMarked
package org.ugmm.engine.batch.error;

import org.jspecify.annotations.NullMarked;
