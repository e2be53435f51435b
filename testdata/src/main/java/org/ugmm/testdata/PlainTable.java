package org.ugmm.testdata;

/**
 * A table over discrete variables, for {@link TableOracle}.
 *
 * @param scope the variables
 * @param values linear, the last variable of the scope fastest
 */
public record PlainTable(int[] scope, double[] values) {}
