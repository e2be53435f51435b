package org.ugmm.compiler.build;

/**
 * Where training stands, after each epoch.
 *
 * @param candidate its label
 * @param epoch epochs done
 * @param epochs epochs to do
 * @param train mean log-likelihood of the rows learned from, each before its step
 * @param valid mean log-likelihood of rows kept back, NaN where it was not computed
 * @param rowsPerSecond rows learned from a second, in this epoch
 * @param secondsLeft of this candidate, at that speed
 */
public record Progress(
    String candidate,
    int epoch,
    int epochs,
    double train,
    double valid,
    double rowsPerSecond,
    double secondsLeft) {}
