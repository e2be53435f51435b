package org.ugmm.engine.data;

/**
 * A most probable explanation: an assignment of all variables that agrees with the evidence, and
 * what is proven of it.
 *
 * <p>The certificate speaks of the maximum. EXACT means that the upper bound is within the
 * tolerance of the value; its relative error bound covers that gap as well as rounding, so {@code
 * exp(logValue)} is the true maximum up to that relative error. ENCLOSED gives an interval of
 * natural logs that holds the true maximum; the budget ended first.
 *
 * @param assignment [numVariables] value of each real, state index of each categorical variable,
 *     those observed included; never NaN; the caller owns it
 * @param logValue natural log of p(x, e) at the assignment, of f(x) where the circuit's integral is
 *     not known; with a likelihood vector as evidence the likelihood of the state is a factor
 * @param logUpperBound proven: no assignment that agrees with the evidence has a greater log value
 * @param normalised whether the values are those of f / Z
 * @param certificate EXACT or ENCLOSED
 * @param boxes boxes that branch and bound looked at, 0 where none were needed
 */
@SuppressWarnings("ArrayRecordComponent") // two answers are compared by value, not by equals
public record MpeAnswer(
    double[] assignment,
    double logValue,
    double logUpperBound,
    boolean normalised,
    Certificate certificate,
    long boxes) {}
