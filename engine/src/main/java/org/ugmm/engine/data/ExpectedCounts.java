package org.ugmm.engine.data;

import java.nio.ByteBuffer;

/**
 * What some rows say of a circuit's parameters: expected counts (sufficient statistics) under the
 * parameters that it had. Those of disjoint rows add up, wherever they were counted. Not
 * thread-safe.
 */
public final class ExpectedCounts {
  /*
   * Bytes, big-endian: parameters' mark, number of counts, rows, rows of probability zero, weight,
   * weight of those rows, log-likelihood, then the counts. The mark is a hash of the circuit and its parameters: counts under
   * different parameters do not add up.
   */
  private static final int HEAD_BYTES = 7 * Long.BYTES;

  /** Sums over rows of flows times what the leaf or edge counts, linear. */
  private final double[] counts;

  private final long mark;
  private long numRows;
  private long numZeroRows;
  private double weight;
  private double zeroWeight;
  private double logLikelihood;

  /**
   * No rows.
   *
   * @param mark of the circuit and its parameters; counts of another mark cannot be added
   * @param numCounts how many counts there are
   */
  public ExpectedCounts(long mark, int numCounts) {
    this(mark, new double[numCounts]);
  }

  private ExpectedCounts(long mark, double[] counts) {
    this.mark = mark;
    this.counts = counts;
  }

  /** The counts themselves, which the caller may add to: as the learner lays them out. */
  public double[] counts() {
    return counts;
  }

  /** The mark of the circuit and its parameters. */
  public long mark() {
    return mark;
  }

  /** Number of rows seen. */
  public long numRows() {
    return numRows;
  }

  /** How many of them have probability zero; they add nothing but to this number. */
  public long numZeroRows() {
    return numZeroRows;
  }

  /** Sum of the weights of the rows with a probability above zero. */
  public double weight() {
    return weight;
  }

  /** Sum of the weights of the rows of probability zero. */
  public double zeroWeight() {
    return zeroWeight;
  }

  /** Weighted sum of the natural logs of the probabilities above zero. */
  public double logLikelihood() {
    return logLikelihood;
  }

  /**
   * Mean log-likelihood of the rows with a probability above zero; NaN never: 0 where there is
   * none.
   */
  public double meanLogLikelihood() {
    return weight > 0 ? logLikelihood / weight : 0;
  }

  /**
   * Says that rows were seen whose flows stand in {@link #counts}.
   *
   * @param rows their number
   * @param zeroRows how many of them have probability zero
   * @param weightOfZeroRows sum of the weights of these
   * @param rowWeight sum of the weights of the others
   * @param logSum weighted sum of the logs of their probabilities
   */
  public void addRows(
      long rows, long zeroRows, double weightOfZeroRows, double rowWeight, double logSum) {
    numRows += rows;
    numZeroRows += zeroRows;
    zeroWeight += weightOfZeroRows;
    weight += rowWeight;
    logLikelihood += logSum;
  }

  /**
   * Adds what other rows say.
   *
   * @throws CircuitException if they were counted under other parameters
   */
  public void add(ExpectedCounts other) {
    if (other.mark != mark || other.counts.length != counts.length) {
      throw new CircuitException(
          "expected counts of mark %x and %d numbers cannot be added to those of mark %x and %d"
                  .formatted(other.mark, other.counts.length, mark, counts.length)
              + " numbers; both must be counted under the same circuit and parameters");
    }
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    numRows += other.numRows;
    numZeroRows += other.numZeroRows;
    weight += other.weight;
    zeroWeight += other.zeroWeight;
    logLikelihood += other.logLikelihood;
  }

  /** As bytes for another process; see {@link #ofBytes}. */
  public byte[] toBytes() {
    ByteBuffer bytes =
        ByteBuffer.allocate(
            Math.addExact(HEAD_BYTES, Math.multiplyExact(Double.BYTES, counts.length)));
    bytes.putLong(mark).putLong(counts.length).putLong(numRows).putLong(numZeroRows);
    bytes.putDouble(weight).putDouble(zeroWeight).putDouble(logLikelihood);
    bytes.asDoubleBuffer().put(counts);
    return bytes.array();
  }

  /**
   * Reads {@link #toBytes}.
   *
   * @throws CircuitException if they are not whole
   */
  public static ExpectedCounts ofBytes(byte[] array) {
    ByteBuffer bytes = ByteBuffer.wrap(array);
    if (array.length < HEAD_BYTES
        || bytes.getLong(Long.BYTES) != (array.length - HEAD_BYTES) / Double.BYTES
        || array.length % Double.BYTES != 0) {
      throw new CircuitException(
          "expected counts of %d bytes are not whole; send what toBytes gave"
              .formatted(array.length));
    }
    ExpectedCounts read = new ExpectedCounts(bytes.getLong(), (int) bytes.getLong());
    read.numRows = bytes.getLong();
    read.numZeroRows = bytes.getLong();
    read.weight = bytes.getDouble();
    read.zeroWeight = bytes.getDouble();
    read.logLikelihood = bytes.getDouble();
    bytes.asDoubleBuffer().get(read.counts);
    return read;
  }
}
