package org.ugmm.engine.learn;

/**
 * What the leaves on a variable are taken to have seen before the data, and how sharp they may be.
 *
 * @param frequency [K] of the states of a categorical variable, adding to 1; empty for a real
 * @param pseudoCount rows with these frequencies
 * @param variance of a real variable
 * @param scalePseudoCount rows with this variance
 * @param scaleFloor smallest scale of a leaf
 */
record LeafPrior(
    double[] frequency,
    double pseudoCount,
    double variance,
    double scalePseudoCount,
    double scaleFloor) {}
