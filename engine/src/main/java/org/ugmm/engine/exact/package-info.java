/**
 * One query at a time in the log domain, with a running bound on rounding: values up, flows down,
 * enumeration of what no rule sums out, independent parts, sampling, covariances.
 *
 * <p>Plain loops over the nodes of a circuit: the slow twin that answers for rows which the tiles
 * of {@code batch} do not vouch for, and the reference of their tests. Knows {@code flat} and what
 * lies below. Sources: Darwiche, <i>A Differential Approach to Inference in Bayesian Networks</i>
 * (2003), for flows; Higham (2002) for running error bounds.
 */
@NullMarked
package org.ugmm.engine.exact;

import org.jspecify.annotations.NullMarked;
