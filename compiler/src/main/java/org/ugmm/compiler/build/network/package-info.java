/**
 * Layered uGMM networks learned from tables: how columns become inputs, where a network starts, the
 * course of its training, what of it is kept, and the model that it becomes. The steps themselves
 * are the engine's ({@link org.ugmm.engine.network.NetworkLearner}).
 *
 * <p>Paper: Ali, uGMM-NN, arXiv:2509.07569. Beside its own recipe stands another that starts from
 * the data: inputs standardised, each layer centred on what the layer below says of the first rows.
 *
 * <p>{@link TractableTraining} learns a form of the same sizes without links, by EM and gradients
 * of the engine's {@link org.ugmm.engine.Learner}.
 */
@NullMarked
package org.ugmm.compiler.build.network;

import org.jspecify.annotations.NullMarked;
