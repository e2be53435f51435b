package org.ugmm.engine.data;

/**
 * Means and covariances of the real variables that have no value, given evidence.
 *
 * @param variables [D] indices of the variables, ascending
 * @param mean [D] posterior means
 * @param covariance [D][D] posterior covariances, symmetric; variances on the diagonal
 * @param certificate for {@link Certificate.Exact}, the bound times the two standard deviations
 *     bounds the absolute error of a covariance
 */
@SuppressWarnings("ArrayRecordComponent") // a plain bundle of results, owned by the caller
public record Moments(
    int[] variables, double[] mean, double[][] covariance, Certificate certificate) {

  /** E[x_i x_j] for the i-th and j-th of {@link #variables}. */
  public double secondMoment(int i, int j) {
    return covariance[i][j] + mean[i] * mean[j];
  }
}
