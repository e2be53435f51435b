package org.ugmm.compiler.build;

/**
 * What became of a candidate. Logs are natural, means are weighted.
 *
 * @param label its structure and settings
 * @param numWeights edges of its circuit
 * @param seconds of the clock that it took
 * @param train mean log-likelihood of the rows that it learned from
 * @param valid mean log-likelihood of rows kept back from it
 * @param classLog mean log-probability of the class of those rows given the rest; NaN without class
 * @param classAccuracy fraction of those rows whose most probable class is right; NaN without class
 * @param weight its share of the model, 0 where it is no part of it
 */
public record Candidate(
    String label,
    long numWeights,
    double seconds,
    double train,
    double valid,
    double classLog,
    double classAccuracy,
    double weight) {
  Candidate withWeight(double newWeight) {
    return new Candidate(
        label, numWeights, seconds, train, valid, classLog, classAccuracy, newWeight);
  }
}
