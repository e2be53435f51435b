package org.ugmm.compiler.model;

import org.ugmm.engine.data.Variable.Categorical;

/**
 * Says that the root units of a network are class densities.
 *
 * @param variable the class variable, one state a root unit
 * @param priors the weight of each class, linear; not modified
 */
public record Classes(Categorical variable, double[] priors) {}
