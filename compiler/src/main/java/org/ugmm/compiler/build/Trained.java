package org.ugmm.compiler.build;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;

/**
 * What training found.
 *
 * @param circuit the model; its class variable is set where there is one
 * @param candidates what was tried, in the order of trying
 * @param columns what the model knows of each column
 * @param baseline mean log-likelihood of the rows kept back, columns independent
 * @param valid mean log-likelihood of the rows kept back, by models that had not seen them
 * @param numValid rows that were kept back, each counted once
 * @param accuracy of the class on those rows; null without a class
 * @param gain of full covariances, where the search took them; else null
 * @param isStopped whether the caller or the clock ended it before the search was done
 */
public record Trained(
    Circuit circuit,
    List<Candidate> candidates,
    List<ColumnBits> columns,
    double baseline,
    double valid,
    int numValid,
    @Nullable Accuracy accuracy,
    @Nullable Gain gain,
    boolean isStopped) {
  /** Copies the lists. */
  public Trained {
    candidates = List.copyOf(candidates);
    columns = List.copyOf(columns);
  }

  /**
   * How much better a model with Gaussians over several columns is on the rows kept back than the
   * best without, by what candidates are compared by.
   *
   * @param mean of the rows, in nats
   * @param standardError of that mean, from the differences row by row
   */
  public record Gain(double mean, double standardError) {
    /**
     * Whether it is more than a standard error, the rule of Breiman et al. (CART, 1984) for taking
     * the model that costs more: such a model answers fewer kinds of query.
     */
    boolean isClear() {
      return mean > standardError;
    }
  }

  /**
   * A fraction of right classes, and where the true one lies with 95 % confidence (Wilson 1927).
   *
   * @param right rows whose most probable class was right
   * @param rows rows with a class
   */
  public record Accuracy(int right, int rows) {
    private static final double Z = 1.959963984540054; // of the standard normal, 97.5 %

    /** The fraction; NaN without rows. */
    public double value() {
      return (double) right / rows;
    }

    /** Lower end. */
    public double lo() {
      return rows == 0 ? 0 : Math.max(0, middle() - half());
    }

    /** Upper end. */
    public double hi() {
      return rows == 0 ? 1 : Math.min(1, middle() + half());
    }

    private double middle() {
      return (value() + Z * Z / (2 * rows)) / (1 + Z * Z / rows);
    }

    private double half() {
      double p = value();
      return Z / (1 + Z * Z / rows) * Math.sqrt(p * (1 - p) / rows + Z * Z / (4.0 * rows * rows));
    }
  }
}
