package org.ugmm.engine.explain;

import it.unimi.dsi.fastutil.doubles.DoubleRBTreeSet;
import it.unimi.dsi.fastutil.doubles.DoubleSortedSet;
import java.util.PriorityQueue;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Posterior.Numeric;
import org.ugmm.engine.data.Quantity;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Why;

/**
 * The mutual information of a state k and a real x by their joint density w_k p_k(x), and the
 * probability that the state most probable at x is right: integrals over x by adaptive quadrature.
 */
final class GainIntegral {
  /*
   * Gauss-Kronrod of 7 and 15 points on pieces between quantiles of the p_k, the piece with the largest
   * error halved first. A peak that lies between the points of a piece would be missed, so the
   * probability of each piece, which has a closed form, is integrated along: what is missing of it
   * may have been worth as much as the log of the smallest w_k.
   */
  private static final double[] NODE = {
    0.991455371120812639206854697526329,
    0.949107912342758524526189684047851,
    0.864864423359769072789712788640926,
    0.741531185599394439863864773280788,
    0.586087235467691130294144691693013,
    0.405845151377397166906606412076961,
    0.207784955007898467600689403773245,
    0
  };
  private static final double[] KRONROD = {
    0.022935322010529224963732008058970,
    0.063092092629978553290700663189204,
    0.104790010322250183839876322541518,
    0.140653259715525918745189590510238,
    0.169004726639267902826583426598550,
    0.190350578064785409913256402421014,
    0.204432940075298892414161999234649,
    0.209482141084727828012999174891714
  };

  /** Of every second node. */
  private static final double[] GAUSS = {
    0.129484966168869693270611432679082,
    0.279705391489276667901467771423780,
    0.381830050505118944950369775488975,
    0.417959183673469387755102040816327
  };

  private static final double[] LEVELS = {
    1e-10, 1e-4, 0.01, 0.05, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 0.95, 0.99, 0.9999,
    1 - 1e-10
  };

  private static final double TOLERANCE = 1e-8;
  private static final int MOST_PIECES = 2000;
  private static final int MOST_COUNTS = 1_000_000;

  private final double[] weight;
  private final Numeric[] density;
  private final double[] log;

  /** What missing probability may have been worth. */
  private final double worth;

  private int numPieces;

  /** The mutual information in nats. */
  final Quantity information;

  /** The probability that the most probable state is right. */
  final Quantity accuracy;

  /**
   * Integrates; sums where x is a count.
   *
   * @param weight [K] linear, of sum 1
   * @param density [K] of x given each state; not read where the weight is 0
   */
  GainIntegral(double[] weight, Numeric[] density) {
    this.weight = weight;
    this.density = density;
    log = new double[weight.length];
    double least = 1;
    boolean isCount = false;
    for (int k = 0; k < weight.length; k++) {
      if (weight[k] > 0) {
        least = Math.min(least, weight[k]);
        isCount = density[k].variable().isCount();
      }
    }
    worth = 1 - Math.log(least);
    PriorityQueue<Piece> pieces = new PriorityQueue<>((a, b) -> Double.compare(b.error, a.error));
    DoubleSortedSet breaks = breaks();
    if (isCount && breaks.lastDouble() - breaks.firstDouble() > MOST_COUNTS) {
      throw new RefusedException(
          "",
          Why.of(Why.Reason.BUDGET, "the count takes more than %,d values".formatted(MOST_COUNTS)),
          "observe it, or ask about other variables");
    }
    Double from = null;
    double reached = 0;
    double total = 0;
    double correct = 0;
    for (double to : breaks) {
      if (isCount) {
        break;
      }
      if (from != null) {
        Piece piece = new Piece(from, to);
        pieces.add(piece);
        reached += piece.mass;
      }
      from = to;
    }
    double[] at = new double[3];
    for (double x = breaks.firstDouble(); isCount && x <= breaks.lastDouble(); x++) {
      evaluate(x, at);
      total += at[0];
      correct += at[1];
      reached += at[2];
    }
    double error = 0;
    for (Piece piece : pieces) {
      error += piece.error;
    }
    while (!pieces.isEmpty() && error > TOLERANCE && numPieces < MOST_PIECES) {
      Piece worst = pieces.remove();
      double middle = 0.5 * (worst.from + worst.to);
      if (!(worst.error > 0) || !(middle > worst.from && middle < worst.to)) {
        pieces.add(worst);
        break;
      }
      Piece left = new Piece(worst.from, middle);
      Piece right = new Piece(middle, worst.to);
      error += left.error + right.error - worst.error;
      pieces.add(left);
      pieces.add(right);
    }
    double sum = total;
    double right = correct;
    error = Math.max(0, 1 - reached) * worth + 1e-13;
    for (Piece piece : pieces) {
      sum += piece.information;
      right += piece.accuracy;
      error += piece.error;
    }
    Certificate certificate =
        new Certificate.Estimated(
            error,
            isCount ? "sum over counts" : "adaptive Gauss-Kronrod quadrature",
            0,
            isCount ? (long) (breaks.lastDouble() - breaks.firstDouble()) + 1 : 15L * numPieces);
    information = new Quantity(Math.max(0, sum), certificate);
    accuracy = new Quantity(Math.min(1, right), certificate);
  }

  private DoubleSortedSet breaks() {
    DoubleSortedSet breaks = new DoubleRBTreeSet();
    for (int k = 0; k < weight.length; k++) {
      for (int i = 0; i < LEVELS.length && weight[k] > 0; i++) {
        breaks.add(density[k].quantile(LEVELS[i]));
      }
    }
    return breaks;
  }

  /** The integrals over a piece, and what they may be off by. */
  private final class Piece {
    final double from;
    final double to;
    final double mass;
    final double information;
    final double accuracy;
    final double error;

    Piece(double from, double to) {
      this.from = from;
      this.to = to;
      numPieces++;
      double exact = 0;
      for (int k = 0; k < weight.length; k++) {
        exact += weight[k] > 0 ? weight[k] * density[k].probability(from, to) : 0;
      }
      mass = exact;
      double center = 0.5 * (from + to);
      double half = 0.5 * (to - from);
      double[] at = new double[3];
      double[] kronrod = new double[3];
      double[] gauss = new double[3];
      for (int i = 0; i < NODE.length; i++) {
        for (int side = -1; side <= (NODE[i] == 0 ? -1 : 1); side += 2) {
          evaluate(center + side * half * NODE[i], at);
          for (int j = 0; j < at.length; j++) {
            kronrod[j] += half * KRONROD[i] * at[j];
            gauss[j] += i % 2 == 1 ? half * GAUSS[i / 2] * at[j] : 0;
          }
        }
      }
      information = kronrod[0];
      accuracy = kronrod[1];
      double unseen = Math.max(0, Math.abs(mass - kronrod[2]) - 1e-13 * mass);
      error = Math.abs(kronrod[0] - gauss[0]) + Math.abs(kronrod[1] - gauss[1]) + worth * unseen;
    }
  }

  /** Density times information, density of what is right, density. */
  private void evaluate(double x, double[] at) {
    double max = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < log.length; k++) {
      log[k] =
          weight[k] > 0 ? Math.log(weight[k]) + density[k].logDensity(x) : Double.NEGATIVE_INFINITY;
      max = Math.max(max, log[k]);
    }
    at[0] = 0;
    at[1] = Math.exp(max);
    at[2] = 0;
    if (at[1] == 0) {
      return;
    }
    double sum = 0;
    for (double l : log) {
      sum += Math.exp(l - max);
    }
    double total = max + Math.log(sum);
    for (int k = 0; k < log.length; k++) {
      double p = Math.exp(log[k]);
      at[0] += p > 0 ? p * (log[k] - total - Math.log(weight[k])) : 0;
      at[2] += p;
    }
  }
}
