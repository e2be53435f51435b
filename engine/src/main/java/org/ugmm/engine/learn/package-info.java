/**
 * Learning of the parameters of smooth, decomposable circuits without links: expected counts by
 * values up and flows down, EM in full and in small batches.
 *
 * <p>Inside, every sum is a mixture (its weights add to 1) and every leaf a distribution, so that
 * flows are posterior probabilities; what a circuit says otherwise is divided out on the way in and
 * put back into the weights on the way out ({@link org.ugmm.engine.learn.TrainedCircuit}). Each
 * kind of leaf is one file behind {@link org.ugmm.engine.learn.LeafKind}. Papers: Peharz et al.,
 * Einsum Networks (ICML 2020), for flows; Liu, Shao, Van den Broeck, arXiv:2505.19982, for the
 * rescaled step of small batches.
 */
@NullMarked
package org.ugmm.engine.learn;

import org.jspecify.annotations.NullMarked;
