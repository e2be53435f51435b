package org.ugmm.compiler.model;

/**
 * A non-negative function of some variables as a table.
 *
 * @param scope [k] the variables, indices into those of the model, distinct
 * @param values [product of the numbers of their states] linear, the last variable of the scope
 *     fastest; not modified
 */
public record Factor(int[] scope, double[] values) {}
