package org.ugmm.engine;

import org.ugmm.engine.data.Certificate;

/**
 * The most probable values of some variables together, all others summed and integrated out, and
 * what is proven of it. The certificate speaks of the maximum, as that of an MPE.
 *
 * @param variables [n] indices of the variables that were asked for, in that order
 * @param values [n] the state index of each, the value of a real one; the caller owns it
 * @param logValue natural log of p(values, e), with a likelihood vector as evidence times that of
 *     the state; of f where the circuit's integral is not known
 * @param logUpperBound proven: no other values have a greater log
 * @param normalised whether the values are those of f / Z
 * @param certificate EXACT or ENCLOSED
 * @param boxes boxes that branch and bound looked at, or joint states that were run through
 */
@SuppressWarnings("ArrayRecordComponent") // two answers are compared by value, not by equals
public record MarginalMap(
    int[] variables,
    double[] values,
    double logValue,
    double logUpperBound,
    boolean normalised,
    Certificate certificate,
    long boxes) {}
