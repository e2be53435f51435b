package org.ugmm.engine.data;

import org.ugmm.engine.data.Variable.Real;

/**
 * Mean and variance of a real variable given evidence, where its distribution has no closed form.
 * Immutable.
 *
 * @param variable the variable
 * @param mean in the variable's unit
 * @param variance in its square
 * @param certificate the error is the larger of those of the mean, relative to the standard
 *     deviation, and of the variance, relative to itself
 */
public record RealMoments(Real variable, double mean, double variance, Certificate certificate)
    implements Posterior {}
