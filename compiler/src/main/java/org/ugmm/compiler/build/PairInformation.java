package org.ugmm.compiler.build;

import java.util.Arrays;

/**
 * The mutual information of pairs of columns in nats, from the rows where both are there. What
 * chance alone gives a pair of that many bins is taken off (Miller 1955), or columns with many bins
 * would look dependent on everything. Not thread-safe.
 */
final class PairInformation {
  /*
   * Columns of two bins are bit sets, and a pair of them is counted by the bits of their intersections:
   * 64 rows an instruction.
   */
  private static final double CELL_PRIOR = 0.1;

  private final Bins bins;

  /** [columns] rows in bin 1 and rows that are there, as bits; null for columns of other widths. */
  private final long[][] one;

  private final long[][] there;
  private final double[] count = new double[256];

  PairInformation(Bins bins) {
    this.bins = bins;
    one = new long[bins.numColumns()][];
    there = new long[bins.numColumns()][];
    int words = (bins.numRows() + 63) / 64;
    for (int v = 0; v < one.length; v++) {
      if (bins.numBins(v) == 2) {
        one[v] = new long[words];
        there[v] = new long[words];
        byte[] code = bins.codes(v);
        for (int r = 0; r < code.length; r++) {
          if (code[r] >= 0) {
            there[v][r >> 6] |= 1L << r;
            one[v][r >> 6] |= (long) code[r] << r;
          }
        }
      }
    }
  }

  /** The mutual information of two columns, at least 0. */
  double of(int a, int b) {
    int numA = bins.numBins(a);
    int numB = bins.numBins(b);
    if (numA == 1 || numB == 1) {
      return 0;
    }
    if (numA == 2 && numB == 2) {
      countBits(a, b);
    } else {
      countRows(bins.codes(a), bins.codes(b), numA, numB);
    }
    return information(numA, numB);
  }

  private void countBits(int a, int b) {
    long n11 = 0;
    long n1x = 0;
    long nx1 = 0;
    long n = 0;
    for (int w = 0; w < one[a].length; w++) {
      long both = there[a][w] & there[b][w];
      n += Long.bitCount(both);
      n1x += Long.bitCount(one[a][w] & both);
      nx1 += Long.bitCount(one[b][w] & both);
      n11 += Long.bitCount(one[a][w] & one[b][w]);
    }
    count[0] = n - n1x - nx1 + n11;
    count[1] = nx1 - n11;
    count[2] = n1x - n11;
    count[3] = n11;
  }

  private void countRows(byte[] a, byte[] b, int numA, int numB) {
    Arrays.fill(count, 0, numA * numB, 0);
    for (int r = 0; r < a.length; r++) {
      if (a[r] >= 0 && b[r] >= 0) {
        count[a[r] * numB + b[r]]++;
      }
    }
  }

  private double information(int numA, int numB) {
    double total = 0;
    for (int i = 0; i < numA * numB; i++) {
      total += count[i];
    }
    if (total == 0) {
      return 0;
    }
    double prior = CELL_PRIOR * 4 / (numA * numB);
    double all = total + prior * numA * numB;
    double[] ofB = new double[numB];
    for (int i = 0; i < numA * numB; i++) {
      ofB[i % numB] += count[i] + prior;
    }
    double sum = 0;
    for (int i = 0; i < numA; i++) {
      double ofA = 0;
      for (int j = 0; j < numB; j++) {
        ofA += count[i * numB + j] + prior;
      }
      for (int j = 0; j < numB; j++) {
        double joint = count[i * numB + j] + prior;
        sum += joint * Math.log(joint * all / (ofA * ofB[j]));
      }
    }
    return Math.max(0, sum / all - (numA - 1) * (numB - 1) / (2 * total));
  }
}
