/**
 * The front door: a {@link org.ugmm.engine.Circuit}, what is known ({@link
 * org.ugmm.engine.Evidence}), who answers one query ({@link org.ugmm.engine.Inference}) and who
 * answers rows in bulk ({@link org.ugmm.engine.Evaluator}, {@link
 * org.ugmm.engine.PosteriorEvaluator}, {@link org.ugmm.engine.MpeEvaluator}).
 *
 * <p>Classes here are thin: they check what a caller says, choose who computes, and certify. The
 * words and answers are in {@link org.ugmm.engine.data}; {@code org.ugmm.engine.explain}, which
 * asks this door, has explanations and advice; nothing else is exported. The rooms behind, lowest
 * first, each knowing only those before it: {@code kernel}, {@code number}, {@code data}, {@code
 * flat}, {@code exact}, {@code batch}, {@code mpe}, {@code learn}, {@code deep}.
 */
@NullMarked
package org.ugmm.engine;

import org.jspecify.annotations.NullMarked;
